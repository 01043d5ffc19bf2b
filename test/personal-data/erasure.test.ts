import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createJobOperations } from '../../server/main/job-operations.ts';
import { tableRules, untouchedTables } from '../../server/modules/personal-data/table-rules.ts';
import { connectRunLogRedis } from '../../server/runs/redis-pipe.ts';
import { follow } from '../platform/follow.ts';
import { keyOf } from '../platform/matrix-callers.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { colleague, dataOf, person, within1s } from '../support/members.ts';
import { bridgeToken, redisMissingReason, startRedisWithBridge } from '../support/redis.ts';
import { allTables, converse, mentions, rootConnection, workOff } from './world.ts';

const AUTH_SECRET = 'a-secret-of-the-test-that-is-long-enough';
let server: TestBackend;
let root: postgres.Sql;

beforeAll(async () => {
  server = await testBackend({ RUN_LOG: 'postgres', AUTH_SECRET });
  server.backend.engine.start();
  root = await rootConnection();
});
afterAll(async () => {
  await root.end();
  await server[Symbol.asyncDispose]();
});

const ask = (path: string, input: unknown, token: string) => server.mutate(path, input, { token });
const idOf = (answer: Parameters<typeof dataOf>[0]) => dataOf<{ id: string }>(answer).id;
const emailOf = ({ userId }: SignedIn) => `${userId}@example.com`;

test('every table has one rule, or a reason for none', async () => {
  const ruled = [...tableRules.map(({ table }) => table), ...Object.keys(untouchedTables)];
  expect(ruled.sort()).toEqual(await allTables(root));
});

describe('the erasure of a person', () => {
  test('leaves nothing of them in any table but the trail, and nothing of others goes', async () => {
    const owner = await server.signIn();
    const admin = await colleague(server, owner, 'admin');
    const marker = 'marker-toucan';
    await ask('identity.getSession', undefined, admin.token);
    await converse(server, admin, marker);
    await converse(server, owner, 'marker-heron');
    await keyOf(admin);
    await ask('organisations.invite', { email: 'friend@example.com' }, admin.token);
    await ask('personalData.requestExport', undefined, admin.token);
    const traces = [admin.userId, emailOf(admin), marker, admin.home];
    const before = await mentions(root, traces);
    expect(Object.keys(before)).toEqual(
      expect.arrayContaining([
        ...['api_keys', 'audit_log', 'conversations', 'data_requests', 'idempotency_keys', 'invitations'],
        ...['memberships', 'messages', 'run_log', 'runs', 'sessions', 'users'],
      ]),
    );
    const others = await mentions(root, ['marker-heron']);

    const id = idOf(await ask('personalData.requestErasure', { confirm: emailOf(admin) }, admin.token));
    expect(await workOff(server, id)).toBe(true);

    expect(Object.keys(await mentions(root, traces))).toEqual(['audit_heads', 'audit_log']);
    expect(await mentions(root, [emailOf(admin), marker]), 'not in the trail either').toEqual({});
    expect(await mentions(root, ['marker-heron'])).toEqual(others);
    const session = await server.query('identity.getSession', undefined, { token: owner.token });
    expect(session.status).toBe(200);
  });

  test('ends every session at once when it begins, and may be repeated from any step', async () => {
    const alone = await person(server);
    await converse(server, alone, 'marker-ibis');
    const id = idOf(await ask('personalData.requestErasure', { confirm: emailOf(alone) }, alone.token));
    const operations = createJobOperations(server.backend.ports);
    const begun = await operations.beginDataRequest({ requestId: id });
    await within1s(async () => {
      const { failure } = await server.query('identity.getSession', undefined, { token: alone.token });
      return failure?.code === 'auth.revoked';
    });
    expect(await operations.beginDataRequest({ requestId: id })).toEqual(begun);
    for (const table of begun?.tables ?? []) {
      await operations.workOnTable({ requestId: id, table });
      expect(await operations.workOnTable({ requestId: id, table })).toEqual({ rows: 0 });
    }
    expect(await operations.finishDataRequest({ requestId: id })).toEqual({ done: true });
    expect(await operations.finishDataRequest({ requestId: id })).toEqual({ done: true });
    expect(await operations.beginDataRequest({ requestId: id })).toBeNull();
  });

  test('ends a session that opened while it began, before the row goes', async () => {
    const alone = await person(server);
    const id = idOf(await ask('personalData.requestErasure', { confirm: emailOf(alone) }, alone.token));
    const operations = createJobOperations(server.backend.ports);
    await operations.beginDataRequest({ requestId: id });
    const [late] = await root`
      update sessions set revoked_at = null where user_id = ${alone.userId} returning id`;
    await operations.workOnTable({ requestId: id, table: 'sessions' });
    const [told] = await root`
      select count(*)::int as times from principal_changes where payload like ${`%${late?.id}%`}`;
    expect(told).toEqual({ times: 2 });
    expect(await workOff(server, id)).toBe(true);
  });

  test('waits 7 days, in which it can be cancelled; then nothing happens', async () => {
    const alone = await person(server);
    const answer = await ask('personalData.requestErasure', { confirm: emailOf(alone) }, alone.token);
    const { id, dueAt, createdAt } = dataOf<{ id: string; dueAt: string; createdAt: string }>(answer);
    const days = (Date.parse(dueAt) - Date.parse(createdAt)) / 86_400_000;
    expect(days).toBeCloseTo(7, 2);
    const again = await ask('personalData.requestErasure', { confirm: emailOf(alone) }, alone.token);
    expect(again.failure?.code).toBe('data-request.in-progress');
    const cancelled = await ask('personalData.cancelErasure', { id }, alone.token);
    expect(cancelled.data).toMatchObject({ status: 'cancelled', seq: 2 });
    expect(await workOff(server, id)).toBe(false);
    expect((await server.query('identity.getSession', undefined, { token: alone.token })).status).toBe(200);
    expect((await ask('personalData.cancelErasure', { id }, alone.token)).failure?.code).toBe(
      'data-request.too-late',
    );
  });

  test('is confirmed by the name of a person without an address, as some come from Supabase', async () => {
    const alone = await person(server);
    await root`update users set email = null where id = ${alone.userId}`;
    const erase = (confirm: string) => ask('personalData.requestErasure', { confirm }, alone.token);
    expect((await erase('null')).failure?.code).toBe('data-request.not-confirmed');
    expect((await erase('robin example')).data).toMatchObject({ kind: 'erasure', status: 'waiting' });
  });

  test('is refused without the address typed, and to the owner of a team', async () => {
    const owner = await server.signIn();
    const wrong = await ask('personalData.requestErasure', { confirm: 'me@example.com' }, owner.token);
    expect(wrong.failure?.code).toBe('data-request.not-confirmed');
    const team = await ask('personalData.requestErasure', { confirm: emailOf(owner) }, owner.token);
    expect(team.failure?.code).toBe('data-request.owns-organisations');
  });
});

test('whoever asked is told by mail that an erasure was cancelled, and why; nobody of one that is gone', async () => {
  const alone = await person(server);
  const id = idOf(await ask('personalData.requestErasure', { confirm: emailOf(alone) }, alone.token));
  await ask('personalData.cancelErasure', { id }, alone.token);
  const events = await root`select name, data from outbox where event_id = ${`erasure-cancelled:${id}`}`;
  expect(events).toEqual([
    { name: 'personal-data/erasure.cancelled', data: { requestId: id, reason: 'asked' } },
  ]);
  const { tellErasureCancelled } = createJobOperations(server.backend.ports);
  expect(await tellErasureCancelled({ requestId: id, reason: 'asked' })).toEqual({ sent: true });
  expect(server.mailbox.sent.at(-1)).toMatchObject({
    to: emailOf(alone),
    id: `erasure-cancelled:${id}`,
    subject: 'The erasure of your data was cancelled',
    text: expect.stringContaining('cancelled at the request of somebody signed in as you'),
  });
  const unknown = { requestId: 'dsr_unknown', reason: 'asked' } as const;
  expect(await tellErasureCancelled(unknown)).toEqual({ sent: false });
});

test('an erasure is cancelled when its person owns a team by then, which keeps its owner', async () => {
  const alone = await person(server);
  const id = idOf(await ask('personalData.requestErasure', { confirm: emailOf(alone) }, alone.token));
  const team = idOf(await ask('organisations.create', { name: 'Founded Meanwhile' }, alone.token));
  expect(await workOff(server, id)).toBe(false);
  const request = await server.query('personalData.getRequest', { id }, { token: alone.token });
  expect(request.data).toMatchObject({ status: 'cancelled' });
  const told = await root`select data from outbox where event_id = ${`erasure-cancelled:${id}`}`;
  expect(told).toEqual([{ data: { requestId: id, reason: 'owns-organisations' } }]);
  const owners = await root`select user_id from memberships where org_id = ${team} and role = 'owner'`;
  expect(owners.map(({ user_id }) => user_id)).toEqual([alone.userId]);
});

describe('the erasure of an organisation', () => {
  test('moves its members into their own one when it begins; who has none is signed out', async () => {
    const owner = await server.signIn();
    const rep = await colleague(server, owner, 'rep');
    await ask('organisations.rename', { name: 'Heron Devices' }, owner.token);
    const id = idOf(await ask('organisationData.requestErasure', { confirm: 'heron devices' }, owner.token));
    const key = await keyOf(owner);
    await createJobOperations(server.backend.ports).beginDataRequest({ requestId: id });
    const codeOf = async (token: string) =>
      (await server.query('organisations.get', undefined, { token })).failure?.code;
    await within1s(async () => (await codeOf(rep.token)) === 'auth.expired-token');
    expect(await codeOf(owner.token)).toBe('auth.revoked');
    expect(await codeOf(key)).toBe('auth.invalid-token');
    const at = await root`select org_id, revoked_at from sessions where user_id = ${rep.userId}`;
    expect(at).toEqual([{ org_id: rep.home, revoked_at: null }]);
    const email = emailOf(owner);
    expect(
      await server.backend.identity.openSession(email, { app: 'crm', requestId: 'req_test' }),
    ).toBeNull();
  });

  test('leaves nothing of it in any table but the trail; its members stay', async () => {
    const owner = await server.signIn();
    const rep = await colleague(server, owner, 'rep');
    await converse(server, rep, 'marker-egret');
    await keyOf(owner);
    await ask('organisations.rename', { name: 'Egret Devices' }, owner.token);
    const confirm = { confirm: 'egret devices' };
    const id = idOf(await ask('organisationData.requestErasure', confirm, owner.token));
    expect(await workOff(server, id)).toBe(true);
    const left = await mentions(root, [owner.orgId, 'marker-egret', 'Egret Devices']);
    expect(Object.keys(left).sort()).toEqual(['audit_heads', 'audit_log']);
    expect(await mentions(root, [rep.userId])).toMatchObject({ users: 1, memberships: 1 });
    const [{ data } = { data: null }] = await root`
      select count(*)::int as data from audit_log where org_id = ${owner.orgId} and act_class = 'data-export'`;
    expect(data).toBe(1);
  });

  test('is for its owner alone, by its name, and not for a personal one', async () => {
    const owner = await server.signIn();
    const admin = await colleague(server, owner, 'admin');
    const alone = await person(server);
    const erase = (token: string, confirm: string) =>
      ask('organisationData.requestErasure', { confirm }, token);
    expect((await erase(admin.token, 'Example Devices')).failure?.code).toBe('auth.not-allowed');
    expect((await erase(owner.token, 'Example')).failure?.code).toBe('data-request.not-confirmed');
    expect((await erase(alone.token, 'Example Devices')).failure?.code).toBe('organisation.is-personal');
  });
});

const missing = redisMissingReason();
describe.skipIf(missing !== null)(`the erasure with Redis${missing === null ? '' : ` (${missing})`}`, () => {
  test('leaves nothing of a person in any key of it, and no session, viewer or run of them in a process', async () => {
    await using redis = await startRedisWithBridge();
    const at = { url: redis.bridge.url, token: bridgeToken };
    await using shared = await testBackend({
      AUTH_SECRET,
      RUN_LOG: 'redis',
      UPSTASH_REDIS_REST_URL: at.url,
      UPSTASH_REDIS_REST_TOKEN: at.token,
    });
    shared.backend.engine.start();
    const owner = await shared.signIn();
    const admin = await colleague(shared, owner, 'admin');
    const key = await keyOf(owner);
    const runId = await converse(shared, admin, 'marker-toucan');
    await converse(shared, owner, 'marker-heron');
    const get = (path: string, input: unknown, token: string) => shared.query(path, input, { token });
    // Rights, key, session and run are now in the memory of the process, the run with a viewer.
    expect((await get('identity.getSession', undefined, key)).status).toBe(200);
    await using viewer = await follow(shared, 'runs.follow', { runId }, admin.token);
    await viewer.ended;
    expect(JSON.stringify(viewer.items)).toContain('marker-toucan');
    const traces = [admin.userId, emailOf(admin), 'marker-toucan', admin.home, runId];
    const everything = await connectRunLogRedis(at);
    expect(await redisMentions(everything, traces)).not.toEqual([]);
    const others = await redisMentions(everything, ['marker-heron']);
    expect(others).not.toEqual([]);

    const confirm = { confirm: emailOf(admin) };
    const asked = await shared.mutate('personalData.requestErasure', confirm, { token: admin.token });
    expect(await workOff(shared, idOf(asked))).toBe(true);

    expect(await redisMentions(everything, traces)).toEqual([]);
    expect(await redisMentions(everything, ['marker-heron'])).toEqual(others);
    expect((await get('identity.getSession', undefined, admin.token)).failure?.code).toBe('auth.revoked');
    expect(shared.backend.engine.stats()).toMatchObject({ producing: 0, following: 0 });
  });
});

/** The keys of the whole keyspace that mention one of `texts`, in name or content. */
async function redisMentions(
  redis: Awaited<ReturnType<typeof connectRunLogRedis>>,
  texts: readonly string[],
): Promise<string[]> {
  const reads: Record<string, (key: string) => [string, ...string[]]> = {
    string: (key) => ['GET', key],
    hash: (key) => ['HGETALL', key],
    list: (key) => ['LRANGE', key, '0', '-1'],
    set: (key) => ['SMEMBERS', key],
    zset: (key) => ['ZRANGE', key, '0', '-1'],
    stream: (key) => ['XRANGE', key, '-', '+'],
  };
  const found: string[] = [];
  for (const key of await redis.exec<string[]>(['KEYS', '*'])) {
    const type = await redis.exec<string>(['TYPE', key]);
    const read = reads[type];
    if (read === undefined) throw new Error(`no reading of a ${type}`);
    const whole = JSON.stringify([key, await redis.exec(read(key))]).toLowerCase();
    if (texts.some((text) => whole.includes(text.toLowerCase()))) found.push(key);
  }
  return found.sort();
}
