import { randomUUID } from 'node:crypto';
import { appendMessage } from '../../db/queries/messages.ts';
import { withOrgScope } from '../../db/tx.ts';
import { newId } from '../../server/core/ids.ts';
import type { SignedIn, TestBackend } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';

export interface Shown {
  readonly id: string;
  readonly title: string;
  readonly updatedAt: string;
}
export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null };

type Role = 'user' | 'assistant';
export const messageIn = (conversationId: string, content: string, role: Role = 'user') => ({
  ...{ id: newId('message'), conversationId, role, content, runId: null, metadata: {} },
  status: 'complete' as const,
});

interface Place {
  readonly server: TestBackend;
  readonly member: SignedIn;
}

/** What a member does with conversations at a backend; who and where is asked at each act. */
export function conversing(current: () => Place) {
  const query = (path: string, input?: unknown) => {
    const { server, member } = current();
    return server.query(`conversations.${path}`, input, { token: member.token });
  };
  const mutate = (path: string, input: unknown) => {
    const { server, member } = current();
    return server.mutate(`conversations.${path}`, input, { token: member.token });
  };

  async function create(fields: { agentId?: string; title?: string } = {}): Promise<Shown> {
    const input = { agentId: 'harvey-specter', clientKey: randomUUID(), ...fields };
    return (await mutate('create', input)).data as unknown as Shown;
  }

  /** Stores a message, as a run does; gives its place. */
  async function say(conversationId: string, content: string, role?: Role): Promise<number> {
    return withOrgScope(await testDatabase(), current().member.orgId, 'write', (scope) =>
      appendMessage(scope, messageIn(conversationId, content, role)),
    );
  }

  /** All pages of a list, and how many there were. */
  async function allPages<T>(path: string, input: object): Promise<{ items: T[]; pages: number }> {
    const items: T[] = [];
    let cursor: string | null = null;
    for (let pages = 1; ; pages += 1) {
      const answer = await query(path, { ...input, ...(cursor === null ? {} : { cursor }) });
      const page = answer.data as unknown as Page<T>;
      items.push(...page.items);
      cursor = page.nextCursor;
      if (cursor === null) return { items, pages };
    }
  }

  return { query, mutate, create, say, allPages };
}
