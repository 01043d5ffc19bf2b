import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, sql } from 'drizzle-orm';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memberships, organisations, sessions } from '../../db/schema/identity.ts';
import { auditLog } from '../../db/schema/operations.ts';
import type { PrincipalChange } from '../../server/modules/identity/principals.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { system } from '../support/database.ts';

let here: TestBackend;
let there: TestBackend;

beforeAll(async () => {
  const secret = { AUTH_SECRET: 'a-secret-that-two-processes-share-with-each-other' };
  here = await testBackend(secret);
  there = await testBackend(secret);
});
afterAll(async () => {
  await here[Symbol.asyncDispose]();
  await there[Symbol.asyncDispose]();
});

const sessionOn = (server: TestBackend, token: string) =>
  server.query('identity.getSession', undefined, { token });

/** How long until `holds`; fails after 1 s, which is the promise. */
async function within1s(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 1000; performance.now() < deadline; await sleep(10)) {
    if (await holds()) return;
  }
  throw new Error('did not hold within 1 s');
}

describe('rights', () => {
  test('that changed on one process are known to the other within 1 s', async () => {
    const member = await here.signIn({ tier: 'repx1' });
    expect((await sessionOn(there, member.token)).data).toMatchObject({ tier: 'repx1' });
    await system(({ db }) =>
      db.update(organisations).set({ tier: 'repx4' }).where(eq(organisations.id, member.orgId)),
    );
    expect((await sessionOn(there, member.token)).data, 'still as cached').toMatchObject({ tier: 'repx1' });
    await here.backend.identity.announce({ kind: 'changed', orgId: member.orgId });
    await within1s(async () => (await sessionOn(there, member.token)).data?.tier === 'repx4');
    await within1s(async () => (await sessionOn(here, member.token)).data?.tier === 'repx4');
  });

  test('of a role decide at the next call what may be done', async () => {
    const member = await here.signIn();
    const create = (clientKey: string) =>
      there.mutate('conversations.create', { agentId: 'harvey-specter', clientKey }, { token: member.token });
    expect((await create('as-owner')).status).toBe(200);
    await system(({ db }) =>
      db.update(memberships).set({ role: 'viewer' }).where(eq(memberships.userId, member.userId)),
    );
    await here.backend.identity.announce({ kind: 'changed', userId: member.userId });
    await within1s(async () => (await create('as-viewer')).failure?.code === 'auth.not-allowed');
  });

  test('of a suspended organisation end', async () => {
    const member = await here.signIn();
    expect((await sessionOn(there, member.token)).status).toBe(200);
    await system(({ db }) =>
      db.update(organisations).set({ suspendedAt: new Date() }).where(eq(organisations.id, member.orgId)),
    );
    await here.backend.identity.announce({ kind: 'revoked', orgId: member.orgId });
    await within1s(async () => (await sessionOn(there, member.token)).failure?.code === 'auth.revoked');
  });
});

describe('signing out', () => {
  test('ends the session on every process, tells sockets of it, and leaves an audit row', async () => {
    const member = await here.signIn();
    expect((await sessionOn(there, member.token)).status).toBe(200);
    const heard: PrincipalChange[] = [];
    const stop = there.backend.identity.principals.onChange((change) => heard.push(change));
    expect((await here.mutate('identity.signOut', undefined, { token: member.token })).status).toBe(200);
    expect((await sessionOn(here, member.token)).failure?.code, 'at once where it was asked').toBe(
      'auth.revoked',
    );
    await within1s(async () => (await sessionOn(there, member.token)).failure?.code === 'auth.revoked');
    stop();
    expect(heard).toEqual([{ kind: 'revoked', sessionId: expect.stringMatching(/^ses_/) }]);
    const rows = await system(({ db }) => db.select().from(auditLog).where(eq(auditLog.orgId, member.orgId)));
    expect(rows.map((row) => row.operation)).toContain('identity.signOut');
    const stored = await system(({ db }) =>
      db.select().from(sessions).where(eq(sessions.orgId, member.orgId)),
    );
    expect(stored[0]?.revokedAt).toBeInstanceOf(Date);
    expect((await here.mutate('identity.renewToken', undefined, { token: member.token })).status).toBe(401);
  });

  test('leaves the other sessions of the person', async () => {
    const member = await here.signIn();
    const other = await here.backend.identity.openSession(`${member.userId}@example.com`, {
      app: 'crm',
      requestId: 'req_test',
    });
    await here.mutate('identity.signOut', undefined, { token: member.token });
    expect((await sessionOn(here, other?.accessToken ?? '')).status).toBe(200);
  });
});

test.each([
  ['identity.startGuest', async () => (await here.mutate('identity.startGuest', {})).data?.accessToken],
  [
    'identity.signInForDevelopment',
    async () => {
      const email = `${(await here.signIn()).userId}@example.com`;
      return (await here.mutate('identity.signInForDevelopment', { email })).data?.accessToken;
    },
  ],
  [
    'identity.signOut',
    async () => {
      const { token } = await here.signIn();
      await here.mutate('identity.signOut', undefined, { token });
      return token;
    },
  ],
])('the audit row of %s is written in the transaction that changed the session', async (operation, act) => {
  const sid = decodeJwt((await act()) as string).sid as string;
  const rows = await system(({ db }) =>
    db
      .select({ operation: auditLog.operation, session: sql`sessions.xmin`, audit: sql`audit_log.xmin` })
      .from(auditLog)
      .innerJoin(sessions, eq(sessions.id, auditLog.subject))
      .where(and(eq(auditLog.subject, sid), eq(auditLog.operation, operation))),
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]?.audit).toBe(rows[0]?.session);
});

describe('a guest', () => {
  test('gets an organisation of its own, its rights, and an audit row', async () => {
    const { data } = await here.mutate('identity.startGuest', { app: 'canvas' });
    const token = data?.accessToken as string;
    const session = await sessionOn(there, token);
    expect(session.data).toMatchObject({
      kind: 'guest',
      tier: 'repx0',
      app: 'canvas',
      user: { email: null },
      organisation: { role: null },
      scopes: expect.not.arrayContaining(['conversation:read', 'organisation:write']),
    });
    const { organisation, sessionId } = session.data as { organisation: { id: string }; sessionId: string };
    const rows = await system(({ db }) =>
      db.select().from(auditLog).where(eq(auditLog.orgId, organisation.id)),
    );
    expect(rows).toMatchObject([
      { operation: 'identity.startGuest', actorKind: 'system', subject: sessionId },
    ]);
    const history = await here.query('conversations.list', undefined, { token });
    expect(history.failure?.code, 'asked to sign in').toBe('auth.required');
  });

  test('and another guest share nothing', async () => {
    const [one, two] = await Promise.all([here.guest(), here.guest()]);
    const [first, second] = await Promise.all([sessionOn(here, one), sessionOn(here, two)]);
    expect(first.data?.organisation).not.toEqual(second.data?.organisation);
  });

  test('may talk only to public agents', async () => {
    const input = { agentId: 'harvey-specter', message: 'Hello', clientKey: 'guest' };
    const { agents } = { agents: await here.query('agents.get', { id: 'harvey-specter' }) };
    const answer = await here.mutate('runs.start', input, { token: await here.guest() });
    expect(answer.failure?.code ?? null).toBe(agents.data?.isPublic === true ? null : 'agent.not-public');
  });
});

describe('the development sign-in', () => {
  test('takes a known e-mail in any case, and nobody else', async () => {
    const { userId } = await here.signIn();
    const known = await here.mutate('identity.signInForDevelopment', {
      email: `${userId.toUpperCase()}@EXAMPLE.com`,
    });
    expect(known.status).toBe(200);
    const unknown = await here.mutate('identity.signInForDevelopment', { email: 'nobody@example.com' });
    expect(unknown.failure?.code).toBe('auth.unknown-account');
  });

  test('is refused where it is off, as it is in production', async () => {
    const production = await testBackend({
      NODE_ENV: 'production',
      RUN_LOG: 'postgres',
      DATABASE_URL: 'postgres://app@db.example.com/app',
      AUTH_SECRET: 'a-secret-that-two-processes-share-with-each-other',
      PUBLIC_URL: 'http://localhost:8787',
    });
    const { userId } = await here.signIn();
    const answer = await production.mutate('identity.signInForDevelopment', {
      email: `${userId}@example.com`,
    });
    await production[Symbol.asyncDispose]();
    expect(answer.failure?.code).toBe('auth.not-allowed');
  });
});

test('a renewed token is of the same session', async () => {
  const { token } = await here.signIn();
  const renewed = await here.mutate('identity.renewToken', undefined, { token });
  const [before, after] = await Promise.all([
    sessionOn(here, token),
    sessionOn(there, renewed.data?.accessToken as string),
  ]);
  expect(after.data?.sessionId).toBe(before.data?.sessionId);
});
