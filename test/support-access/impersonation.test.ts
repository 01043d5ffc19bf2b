import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lockStaff } from '../../db/queries/staff.ts';
import { sessions, users } from '../../db/schema/identity.ts';
import { auditLog } from '../../db/schema/operations.ts';
import { platformStaff } from '../../db/schema/organisations.ts';
import { changeStaff } from '../../server/modules/support/change-staff.ts';
import { changePersonSuspension } from '../../server/modules/support/suspend-person.ts';
import { staffMember } from '../platform/matrix-callers.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { runCommand } from '../support/command.ts';
import { system, testDatabaseUrl } from '../support/database.ts';
import { dataOf, within1s } from '../support/members.ts';

let server: TestBackend;
let customer: SignedIn;
let staff: SignedIn;

beforeAll(async () => {
  server = await testBackend();
  customer = await server.signIn();
  staff = await staffMember(server, await server.signIn());
});
afterAll(() => server[Symbol.asyncDispose]());

const reason = 'Ticket 4711: the list stays empty';
const impersonate = (input: object = {}) =>
  server.mutate(
    'support.impersonate',
    { organisationId: customer.orgId, userId: customer.userId, reason, ...input },
    { token: staff.token },
  );
const actAs = async () => dataOf<{ accessToken: string; sessionId: string }>(await impersonate());
const audited = (orgId: string, operation: string) =>
  system(({ db }) =>
    db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.orgId, orgId), eq(auditLog.operation, operation))),
  );

/** Whether every session in the organisation is ended for good. */
const endedSessions = async (orgId: string) =>
  (await system(({ db }) => db.select().from(sessions).where(eq(sessions.orgId, orgId)))).every(
    ({ revokedAt }) => revokedAt !== null,
  );

describe('acting as a member', () => {
  test('shows what the member sees, with the flag for a banner', async () => {
    const { accessToken } = await actAs();
    const session = await server.query('identity.getSession', undefined, { token: accessToken });
    expect(session.data).toMatchObject({
      user: { id: customer.userId },
      organisation: { id: customer.orgId },
      impersonation: { byUserId: staff.userId },
    });
    const own = await server.query('identity.getSession', undefined, { token: customer.token });
    expect(own.data).toMatchObject({ impersonation: null });
  });

  test('is on record with its reason, and so is every call, with both identities', async () => {
    const { accessToken, sessionId } = await actAs();
    const opened = await audited(customer.orgId, 'support.impersonate');
    expect(opened.find(({ subject }) => subject === sessionId)).toMatchObject({
      actorId: staff.userId,
      actClass: 'support',
      detail: { reason, userId: customer.userId },
    });
    const calls = ['conversations.list', 'runs.get', 'organisations.listMembers'];
    for (const path of calls)
      await server.query(path, path === 'runs.get' ? { runId: 'run_none' } : undefined, {
        token: accessToken,
      });
    for (const path of calls.filter((one) => one !== 'runs.get'))
      expect(await audited(customer.orgId, path)).toMatchObject([
        { actorId: customer.userId, impersonatorId: staff.userId, outcome: 'asked' },
      ]);
    const input = { agentId: 'harvey-specter', clientKey: 'impersonated' };
    await server.mutate('conversations.create', input, { token: accessToken });
    const writes = await audited(customer.orgId, 'conversations.create');
    expect(writes.map(({ outcome, impersonatorId }) => [outcome, impersonatorId])).toEqual([
      ['asked', staff.userId],
      ['ok', staff.userId],
    ]);
  });

  test('is refused without a reason, for more than an hour, for nobody, and to everybody else', async () => {
    expect((await impersonate({ reason: 'because' })).failure?.code).toBe('request.invalid');
    expect((await impersonate({ minutes: 61 })).failure?.code).toBe('request.invalid');
    expect((await impersonate({ userId: staff.userId })).failure?.code).toBe('support.not-found');
    const input = { organisationId: staff.orgId, userId: staff.userId, reason };
    const byCustomer = await server.mutate('support.impersonate', input, { token: customer.token });
    expect(byCustomer.failure?.code).toBe('auth.not-allowed');
  });

  test('ends with its time box, however often the token is renewed', async () => {
    const { accessToken, sessionId } = await actAs();
    const renewed = await server.mutate('identity.renewToken', undefined, { token: accessToken });
    await system(({ db }) =>
      db
        .update(sessions)
        .set({ expiresAt: new Date(0) })
        .where(eq(sessions.id, sessionId)),
    );
    server.backend.identity.sessions.forgetAll();
    for (const token of [accessToken, renewed.data?.accessToken as string]) {
      const answer = await server.query('identity.getSession', undefined, { token });
      expect(answer.failure?.code).toBe('auth.revoked');
    }
  });

  test('cannot end a session of the member', async () => {
    const { accessToken } = await actAs();
    const token = { token: accessToken };
    const current = await server.query('identity.getSession', undefined, { token: customer.token });
    const one = await server.mutate('identity.revokeSession', { sessionId: current.data?.sessionId }, token);
    const all = await server.mutate('identity.revokeOtherSessions', undefined, token);
    expect([one.failure?.code, all.failure?.code]).toEqual(['auth.not-allowed', 'auth.not-allowed']);
    const own = await server.query('identity.getSession', undefined, { token: customer.token });
    expect(own.status).toBe(200);
  });

  test.each<[string, (who: SignedIn, email: string) => Promise<unknown>]>([
    [
      'the right of whoever acts is taken away',
      (_who, email) => system((scope) => changeStaff(scope, email, false)),
    ],
    [
      'whoever acts is suspended',
      (_who, email) => system((scope) => changePersonSuspension(scope, email, true)),
    ],
    [
      'whoever acts ends their other sessions',
      ({ token }) => server.mutate('identity.revokeOtherSessions', undefined, { token }),
    ],
  ])('ends within 1 s when %s', async (_when, end) => {
    const helper = await staffMember(server, await server.signIn());
    const email = `${helper.userId}@example.com`;
    await system(({ db }) =>
      db.update(users).set({ email, emailVerified: true }).where(eq(users.id, helper.userId)),
    );
    const input = { organisationId: customer.orgId, userId: customer.userId, reason };
    const opened = await server.mutate('support.impersonate', input, { token: helper.token });
    const { accessToken: token, sessionId } = dataOf<{ accessToken: string; sessionId: string }>(opened);
    const acting = () => server.query('identity.getSession', undefined, { token });
    expect((await acting()).status).toBe(200);
    await end(helper, email);
    await within1s(async () => (await acting()).failure?.code === 'auth.revoked');
    const rows = await system(({ db }) => db.select().from(sessions).where(eq(sessions.id, sessionId)));
    expect(rows[0]?.revokedAt, 'ended for good').toBeInstanceOf(Date);
    const own = await server.query('identity.getSession', undefined, { token: customer.token });
    expect(own.status, 'the member stays').toBe(200);
  });

  test('cannot begin while the right is being taken away', async () => {
    const helper = await staffMember(server, await server.signIn());
    const actor = await server.backend.identity.principals.resolve({ token: helper.token, app: 'crm' });
    if (actor.kind !== 'member') throw new Error('staff are members');
    await system(({ db }) => db.delete(platformStaff).where(eq(platformStaff.userId, helper.userId)));
    const target = { orgId: customer.orgId as `org_${string}`, userId: customer.userId as `usr_${string}` };
    const act = { staff: actor, reason, until: new Date(Date.now() + 60_000) };
    const origin = { app: 'crm', requestId: 'req_test' } as const;
    await expect(server.backend.identity.impersonate(target, act, origin)).rejects.toMatchObject({
      code: 'auth.not-allowed',
    });
  });

  test('ends when it is signed out', async () => {
    const { accessToken } = await actAs();
    await server.mutate('identity.signOut', undefined, { token: accessToken });
    const answer = await server.query('identity.getSession', undefined, { token: accessToken });
    expect(answer.failure?.code).toBe('auth.revoked');
    const own = await server.query('identity.getSession', undefined, { token: customer.token });
    expect(own.status).toBe(200);
  });
});

describe('the command for staff', () => {
  test('gives the right and takes it away on record, each once, to whoever has proved the address', async () => {
    const { orgId, userId } = await server.signIn();
    const email = `${userId}@example.com`;
    const proved = (emailVerified: boolean) =>
      system(({ db }) => db.update(users).set({ emailVerified }).where(eq(users.id, userId)));
    const change = (isStaff: boolean) => system((scope) => changeStaff(scope, email, isStaff));
    const isStaff = () => system((scope) => lockStaff(scope, userId));
    await proved(false);
    expect([await change(true), await isStaff()]).toEqual([null, false]);
    await proved(true);
    const variables = { DATABASE_URL: await testDatabaseUrl() };
    const granted = await runCommand('staff', variables, ['grant', email.toUpperCase()]);
    expect([granted.stdout, await isStaff()]).toEqual([`${userId} is staff.\n`, true]);
    expect(await change(true), 'once more').toBe(userId);
    expect([await change(false), await change(false), await isStaff()]).toEqual([userId, userId, false]);
    const rows = [await audited(orgId, 'support.grantStaff'), await audited(orgId, 'support.revokeStaff')];
    expect(rows).toMatchObject([
      [{ subject: userId, actClass: 'support' }],
      [{ subject: userId, actClass: 'support', detail: { ended: 0 } }],
    ]);
  });
});

describe('a suspended organisation', () => {
  test('has no access until it is released; who is a member elsewhere keeps that', async () => {
    const team = await server.signIn();
    const change = (path: string) =>
      server.mutate(path, { organisationId: team.orgId, reason }, { token: staff.token });
    const sessionCode = async () =>
      (await server.query('identity.getSession', undefined, { token: team.token })).failure?.code ?? null;
    expect((await change('support.suspendOrganisation')).data).toMatchObject({ isSuspended: true });
    expect((await change('support.suspendOrganisation')).data).toMatchObject({ isSuspended: true });
    await within1s(async () => (await sessionCode()) === 'auth.revoked');
    await change('support.unsuspendOrganisation');
    expect(await sessionCode(), 'what was signed in is not any more').toBe('auth.revoked');
    expect(await endedSessions(team.orgId)).toBe(true);
    expect(await audited(team.orgId, 'support.suspendOrganisation')).toHaveLength(1);
    expect(await audited(team.orgId, 'support.unsuspendOrganisation')).toHaveLength(1);
  });

  test('that never was is told', async () => {
    const input = { organisationId: `org_${'0'.repeat(32)}`, reason };
    const answer = await server.mutate('support.suspendOrganisation', input, { token: staff.token });
    expect(answer.failure?.code).toBe('organisation.not-found');
  });
});
