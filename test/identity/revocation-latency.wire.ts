import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { listening } from '../support/listening.ts';
import { bridgeToken, redisMissingReason, startRedisWithBridge } from '../support/redis.ts';

const SIGN_OUTS = 200;
const AT_ONCE = 10;
const shared = { AUTH_SECRET: 'a-secret-that-two-processes-share-with-each-other' };
const missing = redisMissingReason();

/** Two backends on one database, the second with a listener for sockets. */
async function pair(variables: Record<string, string>) {
  const scope = new AsyncDisposableStack();
  const here = scope.use(await testBackend({ ...shared, ...variables }));
  const there = scope.use(await testBackend({ ...shared, ...variables }));
  const { port, end } = await listening(there);
  scope.defer(end);
  return { here, there, port, [Symbol.asyncDispose]: () => scope.disposeAsync() };
}

/** A socket of the session, open and proved. */
async function socketOf(port: number, token: string) {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/trpc`, { headers: { authorization: `Bearer ${token}` } });
  const closed = new Promise<{ why: string; at: number }>((resolve) =>
    ws.on('close', (code, reason) => resolve({ why: `${code} ${reason}`, at: performance.now() })),
  );
  await new Promise((resolve, reject) => {
    ws.on('error', reject).on('message', resolve);
    ws.on('open', () =>
      ws.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'identity.getSession' } })),
    );
  });
  return { closed };
}

/** When the first call of the session was refused, and with what. */
async function refusedOn(server: TestBackend, token: string): Promise<{ code: string; at: number }> {
  for (;;) {
    const { failure } = await server.query('identity.getSession', undefined, { token });
    if (failure !== null) return { code: failure.code, at: performance.now() };
    await sleep(20);
  }
}

/** One sign-out on `here`: ms from its answer until `there` refuses calls, and until the socket there was closed. */
async function signOut({ here, there, port }: Awaited<ReturnType<typeof pair>>, member: SignedIn) {
  const { token } = member;
  const socket = await socketOf(port, token);
  const known = await there.query('identity.getSession', undefined, { token });
  expect(known.status).toBe(200);
  expect((await here.mutate('identity.signOut', undefined, { token })).status).toBe(200);
  const since = performance.now();
  const [refused, closed] = await Promise.all([refusedOn(there, token), socket.closed]);
  expect([refused.code, closed.why]).toEqual(['auth.revoked', '4401 auth.revoked']);
  return { refusedMs: refused.at - since, closedMs: closed.at - since };
}

async function measured(processes: Awaited<ReturnType<typeof pair>>) {
  const rows: { refusedMs: number; closedMs: number }[] = [];
  while (rows.length < SIGN_OUTS) {
    const members = await Promise.all(Array.from({ length: AT_ONCE }, () => processes.here.signIn()));
    rows.push(...(await Promise.all(members.map((member) => signOut(processes, member)))));
  }
  const p99 = (values: number[]) => values.sort((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0;
  return {
    refusedP99: p99(rows.map(({ refusedMs }) => refusedMs)),
    closedP99: p99(rows.map(({ closedMs }) => closedMs)),
  };
}

describe(`a sign-out is in force on the other process within 1 s at p99 of ${SIGN_OUTS}, sockets included,`, () => {
  async function expectInTime(variables: Record<string, string>, name: string): Promise<void> {
    await using processes = await pair(variables);
    const { refusedP99, closedP99 } = await measured(processes);
    console.log(
      `sign-out, ${name}: refused p99 ${Math.round(refusedP99)} ms, closed p99 ${Math.round(closedP99)} ms`,
    );
    expect(refusedP99).toBeLessThan(1_000);
    expect(closedP99).toBeLessThan(1_000);
  }
  const redisAt = (url: string) => ({ UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: bridgeToken });

  test('without Redis', () => expectInTime({}, 'no Redis'), 120_000);

  test.skipIf(missing !== null)(
    'with Redis',
    async () => {
      await using redis = await startRedisWithBridge();
      await expectInTime(redisAt(redis.bridge.url), 'Redis');
    },
    120_000,
  );

  test.skipIf(missing !== null)(
    'with a Redis that answers after 2 s',
    async () => {
      await using redis = await startRedisWithBridge();
      await using slow = await startFaultProxy(Number(new URL(redis.bridge.url).port));
      slow.mode = { delayMs: 1_000 };
      await expectInTime(redisAt(slow.url), 'Redis 2 s late');
    },
    180_000,
  );

  test(
    'with a Redis that is configured and gone',
    () => expectInTime(redisAt('http://127.0.0.1:9'), 'Redis gone'),
    120_000,
  );
});
