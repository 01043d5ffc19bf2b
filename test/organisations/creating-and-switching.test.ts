import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memberships, organisations } from '../../db/schema/identity.ts';
import { newId } from '../../server/core/ids.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { system } from '../support/database.ts';
import {
  audited,
  colleague,
  dataOf,
  person,
  type Session,
  sessionOf,
  switchTo,
  within1s,
} from '../support/members.ts';

let server: TestBackend;
let owner: SignedIn;

beforeAll(async () => {
  server = await testBackend();
  owner = await server.signIn();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('a new organisation', () => {
  test('belongs to who made it, who works in it after switching', async () => {
    const maker = await person(server);
    const { data } = await server.mutate('organisations.create', { name: ' North ' }, { token: maker.token });
    expect(data).toMatchObject({
      kind: 'team',
      name: 'North',
      role: 'owner',
      tier: 'repx0',
      isActive: false,
    });
    const orgId = data?.id as string;
    const list = await server.query('organisations.list', undefined, { token: maker.token });
    expect(dataOf<{ items: { id: string }[] }>(list).items.map(({ id }) => id)).toEqual([maker.orgId, orgId]);
    const token = await switchTo(server, maker.token, orgId);
    expect((await server.query('organisations.get', undefined, { token })).data).toMatchObject({
      id: orgId,
      isActive: true,
    });
    expect(await audited('organisations.create', orgId)).toMatchObject([
      { orgId, actorId: maker.userId, actClass: 'role', seq: 1 },
    ]);
  });

  test('is made at most 10 times an hour by one person', async () => {
    const maker = await person(server);
    const create = () => server.mutate('organisations.create', { name: 'Again' }, { token: maker.token });
    for (let made = 0; made < 10; made += 1) expect((await create()).status).toBe(200);
    expect((await create()).failure).toMatchObject({
      code: 'request.rate-limited',
      retryAfterMs: expect.any(Number),
    });
  });

  test('of an idempotency key is made once, at the same moment too; another name under the key is a conflict', async () => {
    const maker = await person(server);
    const headers = { 'idempotency-key': randomUUID() };
    const create = (name: string) =>
      server.mutate('organisations.create', { name }, { token: maker.token, headers });
    const answers = await Promise.all([create('Once'), create('Once')]);
    const again = await create('Once');
    const [id] = answers.map(({ data }) => data?.id as string);
    expect([...answers, again].map(({ data }) => data)).toEqual(Array(3).fill(again.data));
    expect((await create('Twice')).failure?.code).toBe('idempotency.conflict');
    const list = await server.query('organisations.list', undefined, { token: maker.token });
    expect(dataOf<{ items: { id: string }[] }>(list).items.map((one) => one.id)).toEqual([maker.orgId, id]);
    expect(await audited('organisations.create', id ?? '')).toHaveLength(1);
    const other = await person(server);
    const theirs = await server.mutate(
      'organisations.create',
      { name: 'Once' },
      { token: other.token, headers },
    );
    expect(theirs.data?.id, 'the same key of somebody else').not.toBe(id);
  });

  test('is renamed by those who may, and its members see the name', async () => {
    const rep = await colleague(server, owner, 'rep');
    const rename = (token: string) =>
      server.mutate('organisations.rename', { name: 'Example Implants' }, { token });
    expect((await rename(rep.token)).failure?.code).toBe('auth.not-allowed');
    expect((await rename(owner.token)).data).toMatchObject({ name: 'Example Implants' });
    await within1s(async () => {
      const { organisation } = dataOf<Session>(await sessionOf(server, rep.token));
      return organisation.name === 'Example Implants';
    });
  });
});

describe('switching', () => {
  test('changes whose rows are seen; the old token must be renewed, on every process', async () => {
    const rep = await colleague(server, owner, 'rep');
    await using other = await testBackend();
    const there = (token: string) => other.query('identity.getSession', undefined, { token });
    expect((await there(rep.token)).data).toMatchObject({ organisation: { id: owner.orgId } });
    const back = await switchTo(server, rep.token, rep.home);
    for (const seen of [await sessionOf(server, back), await there(back)])
      expect(seen.data).toMatchObject({ organisation: { id: rep.home }, tier: 'repx0' });
    for (const seen of [await sessionOf(server, rep.token), await there(rep.token)])
      expect(seen.failure?.code).toBe('auth.expired-token');
  });

  test('to an organisation of others is as to one that never was', async () => {
    const stranger = await server.signIn();
    for (const organisationId of [stranger.orgId, newId('organisation')]) {
      const answer = await server.mutate('organisations.switch', { organisationId }, { token: owner.token });
      expect(answer.failure?.code).toBe('organisation.not-found');
    }
    expect((await sessionOf(server, owner.token)).data).toMatchObject({ organisation: { id: owner.orgId } });
  });

  test('to a suspended organisation is refused', async () => {
    const team = await server.signIn();
    const rep = await colleague(server, team, 'rep');
    const home = await switchTo(server, rep.token, rep.home);
    await system(({ db }) =>
      db.update(organisations).set({ suspendedAt: new Date() }).where(eq(organisations.id, team.orgId)),
    );
    const input = { organisationId: team.orgId };
    const answer = await server.mutate('organisations.switch', input, { token: home });
    expect(answer.failure?.code).toBe('organisation.not-found');
    const list = await server.query('organisations.list', undefined, { token: home });
    expect(list.data?.items).toContainEqual(expect.objectContaining({ id: team.orgId, isSuspended: true }));
  });
});

test('nothing that a session hangs on can be deleted while the session lives', async () => {
  const alone = await person(server);
  const isRow = { code: '23001' };
  await expect(
    system(({ db }) => db.delete(memberships).where(eq(memberships.userId, alone.userId))),
  ).rejects.toMatchObject({ cause: isRow });
  await expect(
    system(({ db }) => db.delete(organisations).where(eq(organisations.id, alone.orgId))),
  ).rejects.toMatchObject({ cause: isRow });
  expect((await sessionOf(server, alone.token)).status).toBe(200);
});
