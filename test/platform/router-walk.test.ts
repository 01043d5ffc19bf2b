import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendMessage } from '../../db/queries/messages.ts';
import { conversations } from '../../db/schema/conversations.ts';
import { auditLog } from '../../db/schema/operations.ts';
import { withOrgScope } from '../../db/tx.ts';
import { scopes } from '../../server/core/actor.ts';
import { newId } from '../../server/core/ids.ts';
import { appRouter } from '../../server/rpc/router.ts';
import type { ProcedureMeta } from '../../server/rpc/trpc.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';

interface Walked {
  readonly path: string;
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly meta: ProcedureMeta;
  readonly inputs: readonly unknown[];
}

const procedures: Walked[] = Object.entries(appRouter._def.procedures as Record<string, unknown>).map(
  ([path, procedure]) => {
    const { type, meta, inputs } = (procedure as { _def: Omit<Walked, 'path'> })._def;
    return { path, type, meta, inputs };
  },
);

/** What the other organisation owns, as ids a stranger might have seen. */
interface Owned {
  readonly conversationId: string;
  readonly runId: string;
  readonly sessionId: string;
}

/**
 * How each procedure is tried with another organisation's ids. `notFound`: the input that names them. `own`: takes no
 * id of a tenant, answers from the caller's own rows; `common`: the same answer for everyone.
 */
const crossTenant: Record<
  string,
  { notFound: (owned: Owned) => unknown } | { own: unknown } | { common: true }
> = {
  'agents.list': { common: true },
  'agents.get': { common: true },
  'agents.categories': { common: true },
  'conversations.create': { own: { agentId: 'harvey-specter', clientKey: 'cross-tenant' } },
  'conversations.list': { own: undefined },
  'conversations.get': { notFound: ({ conversationId }) => ({ id: conversationId }) },
  'conversations.rename': { notFound: ({ conversationId }) => ({ id: conversationId, title: 'Mine now' }) },
  'conversations.delete': { notFound: ({ conversationId }) => ({ id: conversationId }) },
  'conversations.search': { own: { query: 'pelican' } },
  'conversations.export': { notFound: ({ conversationId }) => ({ id: conversationId, format: 'json' }) },
  'identity.startGuest': { common: true },
  'identity.signInForDevelopment': { common: true },
  'identity.getSession': { own: undefined },
  'identity.renewToken': { own: undefined },
  'identity.signOut': { common: true },
  'identity.listSessions': { own: undefined },
  'identity.revokeSession': { notFound: ({ sessionId }) => ({ sessionId }) },
  'identity.revokeOtherSessions': { common: true },
  'runs.start': {
    notFound: ({ conversationId }) => ({
      conversationId,
      agentId: 'harvey-specter',
      message: 'Let me in',
      clientKey: randomUUID(),
    }),
  },
  'runs.get': { notFound: ({ runId }) => ({ runId }) },
  'runs.cancel': { notFound: ({ runId }) => ({ runId }) },
  'runs.follow': { notFound: ({ runId }) => ({ runId }) },
  'runs.startAndFollow': {
    notFound: ({ conversationId }) => ({
      conversationId,
      agentId: 'harvey-specter',
      message: 'Let me in',
      clientKey: randomUUID(),
    }),
  },
};

let server: TestBackend;
let owner: SignedIn;
let stranger: SignedIn;
let owned: Owned;

function callProcedure(
  path: string,
  input: unknown,
  headers: Record<string, string> = {},
  token = stranger.token,
) {
  const type = procedures.find((procedure) => procedure.path === path)?.type;
  return type === 'mutation'
    ? server.mutate(path, input, { token, headers })
    : server.query(path, input, { token, headers });
}

beforeAll(async () => {
  server = await testBackend();
  server.backend.engine.start();
  owner = await server.signIn();
  stranger = await server.signIn();
  const started = await server.mutate(
    'runs.start',
    { agentId: 'harvey-specter', message: 'The pelican account', clientKey: randomUUID() },
    { token: owner.token },
  );
  const session = await server.query('identity.getSession', undefined, { token: owner.token });
  owned = { ...started.data, sessionId: session.data?.sessionId } as unknown as Owned;
});
afterAll(() => server[Symbol.asyncDispose]());

describe('every procedure', () => {
  test.each(procedures)('$path says what it needs, takes and gives', ({ path, type, meta, inputs }) => {
    expect(['public', 'authenticated', ...scopes]).toContain(meta.needs);
    expect(meta.operation).toBe(path);
    expect(meta.summary).toMatch(/^[A-Z].{8,}\.$/);
    expect(inputs).toHaveLength(1);
    expect(Boolean(meta.output), 'an output schema, or for a subscription none').toBe(
      type !== 'subscription',
    );
    expect(Boolean(meta.item), 'an item schema for a subscription alone').toBe(type === 'subscription');
  });

  test('has an operation name of its own', () => {
    const names = procedures.map(({ meta }) => meta.operation);
    expect(new Set(names).size).toBe(names.length);
  });

  test('has a cross-tenant case, and no case is left of one that is gone', () => {
    expect(Object.keys(crossTenant).sort()).toEqual(procedures.map(({ path }) => path).sort());
  });

  test.each(procedures.filter(({ meta }) => meta.needs !== 'public'))(
    '$path asks an anonymous caller to sign in before it looks at the input',
    async ({ path, type }) => {
      const answer = await (type === 'mutation' ? server.mutate(path, 5) : server.query(path, 5));
      expect(answer.failure?.code).toBe('auth.required');
    },
  );
});

describe('ids of another organisation', () => {
  const named = Object.entries(crossTenant).flatMap(([path, how]) =>
    'notFound' in how ? [{ path, input: how.notFound }] : [],
  );
  test.each(named)('are unknown to $path', async ({ path, input }) => {
    const answer = await callProcedure(path, input(owned));
    expect(answer.failure?.kind).toBe('not-found');
    expect(answer.data).toBeUndefined();
  });

  const own = Object.entries(crossTenant).flatMap(([path, how]) =>
    'own' in how ? [{ path, input: how.own }] : [],
  );
  test.each(own)('and data never come out of $path', async ({ path, input }) => {
    const answer = await callProcedure(path, input);
    expect(answer.status).toBe(200);
    const text = JSON.stringify(answer.data);
    for (const secret of [owner.orgId, owner.userId, owned.conversationId, 'pelican']) {
      expect(text).not.toContain(secret);
    }
  });

  test('leave what they name as it was', async () => {
    const answer = await server.query(
      'conversations.get',
      { id: owned.conversationId },
      { token: owner.token },
    );
    expect(answer.data).toMatchObject({ title: 'The pelican account' });
  });
});

/** Each write of a signed-in person: two inputs alike, and how to count what it made. */
const writes: Record<string, () => Promise<unknown>> = {
  'conversations.create': async () => ({ agentId: 'harvey-specter', clientKey: randomUUID() }),
  'conversations.rename': async () => ({ id: await newConversation(), title: 'Renamed' }),
  'conversations.delete': async () => ({ id: await newConversation() }),
  'runs.start': async () => ({ agentId: 'harvey-specter', message: 'Hello', clientKey: randomUUID() }),
  'runs.cancel': async () => ({ clientKey: randomUUID() }),
};

async function newConversation(): Promise<string> {
  const input = { agentId: 'harvey-specter', clientKey: randomUUID() };
  const { data } = await server.mutate('conversations.create', input, { token: owner.token });
  return (data as { id: string }).id;
}

async function auditRows(operation: string, orgId = owner.orgId) {
  return withOrgScope(await testDatabase(), orgId, 'read', ({ db }) =>
    db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.orgId, orgId), eq(auditLog.operation, operation))),
  );
}

describe('every write', () => {
  const mutations = procedures.filter(({ type }) => type === 'mutation').map(({ path }) => path);
  const ofIdentity = [
    'identity.startGuest',
    'identity.signInForDevelopment',
    'identity.renewToken',
    'identity.signOut',
    'identity.revokeSession',
    'identity.revokeOtherSessions',
  ];

  test('is in the table of writes or among those of identity', () => {
    expect([...Object.keys(writes), ...ofIdentity].sort()).toEqual(mutations.sort());
  });

  test.each(Object.keys(writes))(
    '%s leaves an audit row that names who, what and which request',
    async (path) => {
      const before = (await auditRows(path)).length;
      const input = await writes[path]?.();
      const answer = await callProcedure(path, input, {}, owner.token);
      expect(answer.failure).toBeNull();
      const rows = await auditRows(path);
      expect(rows).toHaveLength(before + 1);
      const requestId = answer.headers.get('x-request-id');
      expect(rows.find((row) => row.requestId === requestId)).toMatchObject({
        actorKind: 'member',
        actorId: owner.userId,
        outcome: 'ok',
        subject: expect.stringMatching(/^(conv|run|key)[_:]/),
      });
    },
  );

  test.each(Object.keys(writes))(
    '%s twice with one idempotency key is one act with one answer',
    async (path) => {
      const input = await writes[path]?.();
      const headers = { 'idempotency-key': randomUUID() };
      const first = await callProcedure(path, input, headers, owner.token);
      const rows = (await auditRows(path)).length;
      const second = await callProcedure(path, input, headers, owner.token);
      expect(first.failure).toBeNull();
      expect(second.data).toEqual(first.data);
      // A cancel by key may be asked again: it ends nothing twice, but who asked is on record.
      expect(await auditRows(path)).toHaveLength(path === 'runs.cancel' ? rows + 1 : rows);
    },
  );

  test('with a key that was used for another input is a conflict', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const id = await newConversation();
    await callProcedure('conversations.rename', { id, title: 'One' }, headers, owner.token);
    const answer = await callProcedure('conversations.rename', { id, title: 'Two' }, headers, owner.token);
    expect(answer.failure?.code).toBe('idempotency.conflict');
  });

  test('at the same time with one key runs once', async () => {
    const input = { agentId: 'harvey-specter', clientKey: randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => callProcedure('conversations.create', input, {}, owner.token)),
    );
    expect(new Set(answers.map(({ data }) => (data as { id: string }).id)).size).toBe(1);
  });
});

describe('the database', () => {
  test('does not let one organisation write into the conversation of another', async () => {
    const database = await testDatabase();
    const message = { role: 'user', content: 'x', status: 'complete', runId: null, metadata: {} } as const;
    const foreign = { ...message, id: newId('message'), conversationId: owned.conversationId };
    await expect(
      withOrgScope(database, stranger.orgId, 'write', (scope) => appendMessage(scope, foreign)),
    ).rejects.toThrow('needs a conversation');
    const seen = await withOrgScope(database, stranger.orgId, 'read', ({ db }) =>
      db
        .select({ count: sql<number>`count(*)::int` })
        .from(conversations)
        .where(eq(conversations.orgId, owner.orgId)),
    );
    expect(seen[0]?.count).toBe(0);
  });
});
