import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { hotQuery } from '../hot-query.ts';
import { asIsoInstant } from '../iso-instant.ts';
import { conversations, messages } from '../schema/conversations.ts';
import type { OrgScope } from '../scope.ts';
import type { MessageRow } from './conversations.ts';

const shown = {
  id: messages.id,
  seq: messages.seq,
  role: messages.role,
  content: messages.content,
  status: messages.status,
  runId: messages.runId,
  metadata: messages.metadata,
  createdAt: asIsoInstant(messages.createdAt),
};
export type ShownMessage = Omit<Pick<MessageRow, keyof typeof shown>, 'createdAt'> & {
  readonly createdAt: string;
};

export type NewMessage = Pick<
  MessageRow,
  'id' | 'conversationId' | 'role' | 'content' | 'status' | 'runId' | 'metadata'
>;

/**
 * Adds a message at the end of its conversation. The place is taken under the conversation's row lock, so that
 * concurrent messages neither collide nor leave a hole.
 */
export async function appendMessage(scope: OrgScope, message: NewMessage): Promise<number> {
  const places = await scope.db
    .update(conversations)
    .set({ nextSeq: sql`${conversations.nextSeq} + 1`, updatedAt: sql`now()` })
    .where(and(eq(conversations.orgId, scope.orgId), eq(conversations.id, message.conversationId)))
    .returning({ seq: sql<number>`${conversations.nextSeq} - 1` });
  const seq = places[0]?.seq;
  if (seq === undefined) throw new Error('a message needs a conversation of its organisation');
  await scope.db.insert(messages).values({ ...message, orgId: scope.orgId, seq });
  return seq;
}

interface Newest {
  readonly orgId: string;
  readonly conversationId: string;
  readonly beforeSeq: number;
  readonly limit: number;
}

const listNewest = hotQuery<ShownMessage[], { [K in keyof Newest]: Newest[K] }>(
  'list_newest_messages',
  (db) =>
    db
      .select(shown)
      .from(messages)
      .where(
        and(
          eq(messages.orgId, sql.placeholder('orgId')),
          eq(messages.conversationId, sql.placeholder('conversationId')),
          lt(messages.seq, sql.placeholder('beforeSeq')),
        ),
      )
      .orderBy(desc(messages.seq))
      .limit(sql.placeholder('limit')),
);

/** Beyond every `seq`: the largest value of its column. */
const END = 2_147_483_647;

/** The newest messages before `beforeSeq` (null: of all), newest first. */
export function listMessagesBefore(
  scope: OrgScope,
  query: { conversationId: string; beforeSeq: number | null; limit: number },
): Promise<ShownMessage[]> {
  const { conversationId, limit } = query;
  return listNewest(scope, { orgId: scope.orgId, conversationId, beforeSeq: query.beforeSeq ?? END, limit });
}

/** Messages after `afterSeq`, oldest first. */
export async function listMessagesAfter(
  scope: OrgScope,
  query: { conversationId: string; afterSeq: number; limit: number },
): Promise<ShownMessage[]> {
  return scope.db
    .select(shown)
    .from(messages)
    .where(
      and(
        eq(messages.orgId, scope.orgId),
        eq(messages.conversationId, query.conversationId),
        gt(messages.seq, query.afterSeq),
      ),
    )
    .orderBy(asc(messages.seq))
    .limit(query.limit);
}
