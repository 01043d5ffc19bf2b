import { randomUUID } from 'node:crypto';
import { invitationLink } from '../../server/modules/organisations/invitation-link.ts';
import { type Answer, type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { colleague, dataOf, switchTo } from '../support/members.ts';
import { procedures } from './procedures.ts';

/** A word of the owner's data that nobody else may read. */
export const SECRET_WORD = 'pelican';

/** What the owner's organisation has, as ids a stranger might have seen. */
export interface Owned {
  readonly orgId: string;
  readonly userId: string;
  readonly conversationId: string;
  readonly runId: string;
  readonly sessionId: string;
  readonly invitationId: string;
  readonly keyId: string;
  readonly dataRequestId: string;
  readonly personalRequestId: string;
  readonly invitationToken: string;
}

export interface WalkWorld extends AsyncDisposable {
  readonly server: TestBackend;
  readonly owner: SignedIn;
  readonly stranger: SignedIn;
  readonly owned: Owned;
  /** A rep of the owner's organisation. */
  readonly colleague: SignedIn;
  /** A person who has a conversation in one of their organisations and works in another now. */
  readonly elsewhere: { readonly token: string; readonly owned: Pick<Owned, 'conversationId' | 'runId'> };
  /** Calls any procedure by path with the right method. */
  call(path: string, input: unknown, token: string, headers?: Record<string, string>): Promise<Answer>;
}

/** An owner with two rows of everything that is listed, and a stranger in an organisation of their own. */
export async function walkWorld(): Promise<WalkWorld> {
  const server = await testBackend();
  server.backend.engine.start();
  const owner = await server.signIn();
  const stranger = await server.signIn();
  const call: WalkWorld['call'] = (path, input, token, headers = {}) => {
    const isMutation = procedures.find((one) => one.path === path)?.type === 'mutation';
    return isMutation
      ? server.mutate(path, input, { token, headers })
      : server.query(path, input, { token, headers });
  };
  const act = async <T>(path: string, input: unknown) => dataOf<T>(await call(path, input, owner.token));
  const ask = { agentId: 'harvey-specter', message: `The ${SECRET_WORD} account` };
  const { conversationId, runId } = await act<Pick<Owned, 'conversationId' | 'runId'>>('runs.start', {
    ...ask,
    clientKey: randomUUID(),
  });
  await act('runs.start', { ...ask, clientKey: randomUUID() });
  const invited = await act<{ id: `inv_${string}` }>('organisations.invite', {
    email: `${SECRET_WORD}@example.com`,
  });
  await act('organisations.invite', { email: `${SECRET_WORD}-two@example.com` });
  const key = { name: SECRET_WORD, scopes: ['run:read'] };
  const made = await act<{ apiKey: { id: string } }>('apiKeys.create', key);
  await act('apiKeys.create', key);
  const ofOrganisation = await act<{ id: string }>('organisationData.requestExport', undefined);
  const ofPerson = await act<{ id: string }>('personalData.requestExport', undefined);
  const rep = await colleague(server, owner, 'rep');
  const { sessionId } = await act<{ sessionId: string }>('identity.getSession', undefined);
  const orgId = owner.orgId as `org_${string}`;
  const { token } = invitationLink(server.backend.ports, { orgId, id: invited.id });
  return {
    server,
    owner,
    stranger,
    call,
    colleague: rep,
    elsewhere: await personElsewhere(server),
    owned: {
      orgId: owner.orgId,
      userId: owner.userId,
      conversationId,
      runId,
      sessionId,
      invitationId: invited.id,
      keyId: made.apiKey.id,
      dataRequestId: ofOrganisation.id,
      personalRequestId: ofPerson.id,
      invitationToken: token,
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function personElsewhere(server: TestBackend): Promise<WalkWorld['elsewhere']> {
  const member = await colleague(server, await server.signIn(), 'admin');
  const input = { agentId: 'harvey-specter', message: `My ${SECRET_WORD}`, clientKey: randomUUID() };
  const started = await server.mutate('runs.start', input, { token: member.token });
  const { conversationId, runId } = dataOf<Pick<Owned, 'conversationId' | 'runId'>>(started);
  const token = await switchTo(server, member.token, member.home);
  return { token, owned: { conversationId, runId } };
}

/** What of the owner's an answer holds. */
export function leaks(answer: Answer, owned: Partial<Owned>): string[] {
  const text = JSON.stringify([answer.data ?? null, answer.failure]);
  return [...Object.values(owned), SECRET_WORD].filter((secret) => text.includes(secret));
}
