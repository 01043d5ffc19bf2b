import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memberships, sessions } from '../../db/schema/identity.ts';
import { newId } from '../../server/core/ids.ts';
import { staffMember } from '../platform/matrix-callers.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { system } from '../support/database.ts';
import { audited, colleague, dataOf, person, type Session, sessionOf, within1s } from '../support/members.ts';

let server: TestBackend;
let owner: SignedIn;

beforeAll(async () => {
  server = await testBackend();
  owner = await server.signIn();
});
afterAll(() => server[Symbol.asyncDispose]());

const roleOf = async (userId: string, orgId = owner.orgId) => {
  const isMembership = and(eq(memberships.orgId, orgId), eq(memberships.userId, userId));
  const rows = await system(({ db }) => db.select().from(memberships).where(isMembership));
  return rows[0]?.role ?? null;
};
const sessionsOf = (userId: string, orgId: string) =>
  system(({ db }) =>
    db
      .select()
      .from(sessions)
      .where(and(eq(sessions.userId, userId), eq(sessions.orgId, orgId))),
  );

describe('a role', () => {
  test('decides from the next call on, everywhere within 1 s', async () => {
    const rep = await colleague(server, owner, 'rep');
    const changed = await server.mutate(
      'organisations.changeRole',
      { userId: rep.userId, role: 'viewer' },
      { token: owner.token },
    );
    expect(changed.data).toMatchObject({ userId: rep.userId, role: 'viewer' });
    await within1s(async () => {
      const input = { agentId: 'harvey-specter', clientKey: newId('event') };
      const answer = await server.mutate('conversations.create', input, { token: rep.token });
      return answer.failure?.code === 'auth.not-allowed';
    });
    expect(await audited('organisations.changeRole', rep.userId)).toMatchObject([
      { actorId: owner.userId, detail: { from: 'rep', to: 'viewer' }, actClass: 'role' },
    ]);
  });

  test('of the owner is changed by nobody, and nobody is made a second owner', async () => {
    const admin = await colleague(server, owner, 'admin');
    const change = (userId: string, role: string) =>
      server.mutate('organisations.changeRole', { userId, role }, { token: admin.token });
    expect((await change(owner.userId, 'viewer')).failure?.code).toBe('member.is-owner');
    expect((await change(admin.userId, 'owner')).failure?.code).toBe('request.invalid');
    await expect(
      system(({ db }) =>
        db.update(memberships).set({ role: 'owner' }).where(eq(memberships.userId, admin.userId)),
      ),
    ).rejects.toThrow();
  });

  test('of somebody outside is unknown', async () => {
    const stranger = await server.signIn();
    const input = { userId: stranger.userId, role: 'viewer' };
    const answer = await server.mutate('organisations.changeRole', input, { token: owner.token });
    expect(answer.failure?.code).toBe('member.not-found');
    expect(await roleOf(stranger.userId, stranger.orgId)).toBe('owner');
  });
});

describe('a member who is removed', () => {
  test('loses access there at once and stays signed in, in the personal organisation', async () => {
    const rep = await colleague(server, owner, 'rep');
    const elsewhere = await server.backend.identity.openSession(`${rep.userId}@example.com`, {
      app: 'crm',
      requestId: 'req_test',
    });
    const [before] = await sessionsOf(rep.userId, owner.orgId);
    const removed = await server.mutate(
      'organisations.removeMember',
      { userId: rep.userId },
      { token: owner.token },
    );
    expect(removed.data).toEqual({ userId: rep.userId, removed: true });
    await within1s(async () => (await sessionOf(server, rep.token)).failure?.code === 'auth.expired-token');
    expect((await sessionOf(server, elsewhere?.accessToken ?? '')).status).toBe(200);
    expect(await sessionsOf(rep.userId, rep.home)).toContainEqual({
      ...before,
      orgId: rep.home,
      updatedAt: expect.any(Date),
    });
    expect(await roleOf(rep.userId)).toBeNull();
    expect(await audited('organisations.removeMember', rep.userId)).toHaveLength(1);
  });

  test('ends with the sessions that support opened in their name there', async () => {
    const rep = await colleague(server, owner, 'rep');
    const staff = await staffMember(server, await server.signIn());
    const acting = await server.mutate(
      'support.impersonate',
      { organisationId: owner.orgId, userId: rep.userId, reason: 'Ticket 4711: lost list', minutes: 5 },
      { token: staff.token },
    );
    const { accessToken } = dataOf<{ accessToken: string }>(acting);
    expect((await sessionOf(server, accessToken)).status).toBe(200);
    await server.mutate('organisations.removeMember', { userId: rep.userId }, { token: owner.token });
    await within1s(async () => (await sessionOf(server, accessToken)).failure?.code === 'auth.revoked');
    const rows = await sessionsOf(rep.userId, rep.home);
    expect(rows.filter(({ impersonatorId }) => impersonatorId !== null)).toEqual([]);
  });

  test('is never the owner, not even by the owner', async () => {
    const admin = await colleague(server, owner, 'admin');
    for (const { token } of [admin, owner]) {
      const input = { userId: owner.userId };
      const answer = await server.mutate('organisations.removeMember', input, { token });
      expect(answer.failure?.code).toBe('member.is-owner');
    }
  });
});

describe('leaving', () => {
  test('ends the membership and goes on in the personal organisation', async () => {
    const rep = await colleague(server, owner, 'rep');
    const { data } = await server.mutate('organisations.leave', undefined, { token: rep.token });
    expect(data).toEqual({ left: true, accessToken: expect.any(String) });
    expect((await sessionOf(server, data?.accessToken as string)).data).toMatchObject({
      organisation: { id: rep.home, role: 'owner' },
    });
    expect((await sessionOf(server, rep.token)).failure?.code).toBe('auth.expired-token');
    expect(await roleOf(rep.userId)).toBeNull();
  });

  test('without a personal organisation goes on in another one; with none at all it signs out', async () => {
    const rep = await colleague(server, owner, 'rep');
    const second = await server.signIn();
    const isHome = and(eq(memberships.orgId, rep.home), eq(memberships.userId, rep.userId));
    await system(async ({ db }) => {
      await db.delete(memberships).where(isHome);
      await db.insert(memberships).values({ orgId: second.orgId, userId: rep.userId, role: 'viewer' });
    });
    const first = await server.mutate('organisations.leave', undefined, { token: rep.token });
    const { accessToken } = dataOf<{ accessToken: string }>(first);
    expect((await sessionOf(server, accessToken)).data).toMatchObject({
      organisation: { id: second.orgId, role: 'viewer' },
    });
    const last = await server.mutate('organisations.leave', undefined, { token: accessToken });
    expect(last.data).toEqual({ left: true, accessToken: null });
    await within1s(async () => (await sessionOf(server, accessToken)).failure?.code === 'auth.revoked');
  });

  test('is not for the owner, of a team or of a personal organisation', async () => {
    const alone = await person(server);
    for (const { token } of [owner, alone]) {
      const answer = await server.mutate('organisations.leave', undefined, { token });
      expect(answer.failure?.code).toBe('member.is-owner');
      expect((await sessionOf(server, token)).status).toBe(200);
    }
  });
});

describe('ownership', () => {
  test('goes to another member; the former owner becomes an admin', async () => {
    const first = await server.signIn();
    const next = await colleague(server, first, 'rep');
    const transfer = (token: string, userId: string) =>
      server.mutate('organisations.transferOwnership', { userId }, { token });
    expect((await transfer(next.token, next.userId)).failure?.code).toBe('auth.not-allowed');
    expect((await transfer(first.token, next.userId)).data).toMatchObject({ role: 'owner' });
    expect([await roleOf(first.userId, first.orgId), await roleOf(next.userId, first.orgId)]).toEqual([
      'admin',
      'owner',
    ]);
    await within1s(async () => {
      const { organisation } = dataOf<Session>(await sessionOf(server, first.token));
      return organisation.role === 'admin';
    });
  });

  test('has exactly one holder, whoever races for it', async () => {
    const first = await server.signIn();
    const others = await Promise.all([1, 2, 3, 4, 5].map(() => colleague(server, first, 'admin')));
    const answers = await Promise.all(
      others.map(({ userId }) =>
        server.mutate('organisations.transferOwnership', { userId }, { token: first.token }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const owners = await system(({ db }) =>
      db
        .select()
        .from(memberships)
        .where(and(eq(memberships.orgId, first.orgId), eq(memberships.role, 'owner'))),
    );
    expect(owners).toHaveLength(1);
  });

  test('is not transferred to oneself or to a stranger', async () => {
    const stranger = await server.signIn();
    const transfer = (userId: string) =>
      server.mutate('organisations.transferOwnership', { userId }, { token: owner.token });
    expect((await transfer(owner.userId)).failure?.code).toBe('member.is-owner');
    expect((await transfer(stranger.userId)).failure?.code).toBe('member.not-found');
  });
});

test('members are listed in the order of joining, page by page, and only one’s own', async () => {
  const team = await server.signIn();
  const joined = [team.userId];
  for (const role of ['rep', 'viewer', 'manager'] as const)
    joined.push((await colleague(server, team, role)).userId);
  const seen: string[] = [];
  let cursor: unknown;
  do {
    const input = cursor === undefined ? { limit: 2 } : { limit: 2, cursor };
    const page = dataOf<{ items: { userId: string }[]; nextCursor: string | null }>(
      await server.query('organisations.listMembers', input, { token: team.token }),
    );
    seen.push(...page.items.map(({ userId }) => userId));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual(joined);
});
