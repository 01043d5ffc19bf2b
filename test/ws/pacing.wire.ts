import { expect, test } from 'vitest';
import { gatewayFixture, type Raw, until } from './fixture.ts';

/** Stops and starts reading from the TCP connection under a bare client. */
function tcpOf(raw: Raw): { pause(): void; resume(): void } {
  return raw.ws as unknown as { pause(): void; resume(): void };
}

function numbersOf(raw: Raw): number[] {
  return raw.frames.flatMap(({ result }) => {
    const data = result?.data;
    if (typeof data !== 'object' || data === null || !('data' in data)) return [];
    const { n } = data.data as { n: number };
    return [n];
  });
}

const big = { path: 'numbers', input: { to: 4_000, size: 10_000 } };

test('a reader that pauses costs at most its mark, and gets every item when it reads on', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const raw = await it.raw('ann');
  raw.send({ id: 1, method: 'subscription', params: big });
  await until(() => numbersOf(raw).length > 10);
  tcpOf(raw).pause();
  const before = process.memoryUsage().rss;
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { bufferedBytes } = it.gateway.stats();
  expect(bufferedBytes).toBeGreaterThan(0);
  // The mark of 64 KiB and the one turn of 64 KiB that passed it.
  expect(bufferedBytes).toBeLessThan(160 * 1024);
  expect(process.memoryUsage().rss - before).toBeLessThan(30e6);
  tcpOf(raw).resume();
  await until(() => raw.frames.at(-1)?.result?.type === 'stopped', 15_000);
  expect(numbersOf(raw)).toEqual(Array.from({ length: 4_000 }, (_, index) => index + 1));
  expect(it.gateway.stats().bufferedBytes).toBe(0);
});

test('a reader that stays away is closed 4490 and resumes exactly after its last event id', async () => {
  await using it = await gatewayFixture({ limits: { stallMs: 300 } });
  it.principals.member('ann');
  const slow = await it.raw('ann');
  slow.send({ id: 1, method: 'subscription', params: big });
  await until(() => numbersOf(slow).length > 10);
  tcpOf(slow).pause();
  await until(() => it.gateway.stats().subscriptions === 0);
  tcpOf(slow).resume();
  expect(await slow.closed).toMatchObject({ code: 4490, reason: 'slowReader' });
  const seen = numbersOf(slow);
  const again = await it.raw('ann');
  again.send({ id: 1, method: 'subscription', params: { ...big, lastEventId: String(seen.at(-1)) } });
  await until(() => again.frames.at(-1)?.result?.type === 'stopped', 15_000);
  const all = seen.concat(numbersOf(again));
  expect(all).toEqual(Array.from({ length: 4_000 }, (_, index) => index + 1));
  expect(it.metrics.closes).toEqual([4490]);
});

test('answers that nobody reads end the socket at its cap, not the process', async () => {
  await using it = await gatewayFixture({ limits: { socketBufferBytes: 256 * 1024, closeMs: 200 } });
  it.principals.member('ann');
  const raw = await it.raw('ann');
  await raw.open();
  tcpOf(raw).pause();
  const text = 'x'.repeat(60_000);
  for (let id = 0; id < 400; id += 1) {
    raw.send({ id, method: 'query', params: { path: 'echo', input: { text } } });
    if (id % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await until(() => it.metrics.closes.length === 1);
  expect(it.metrics.closes).toEqual([4490]);
  await until(() => it.gateway.stats().sockets === 0);
  expect(it.gateway.stats().bufferedBytes).toBe(0);
});

test('over the cap of the process the sockets that hold most go first', async () => {
  await using it = await gatewayFixture({ limits: { processBufferBytes: 200 * 1024 } });
  it.principals.member('ann');
  const slow = await Promise.all([1, 2, 3, 4].map(() => it.raw('ann')));
  for (const raw of slow) {
    raw.send({ id: 1, method: 'subscription', params: big });
    await until(() => numbersOf(raw).length > 5);
    tcpOf(raw).pause();
  }
  await until(() => it.metrics.closes.length >= 2);
  expect(it.gateway.stats().bufferedBytes).toBeLessThanOrEqual(200 * 1024);
  expect(new Set(it.metrics.closes)).toEqual(new Set([4490]));
  expect(it.gateway.stats().sockets).toBeGreaterThan(0);
});

test('a busy subscription does not hold back the others of its socket', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const raw = await it.raw('ann');
  raw.send({ id: 1, method: 'subscription', params: { path: 'numbers', input: { to: 2_000, size: 8_000 } } });
  raw.send({ id: 2, method: 'subscription', params: { path: 'numbers', input: { to: 20, size: 10 } } });
  await raw.frame((frame) => frame.id === 2 && frame.result?.type === 'stopped');
  expect(raw.frames.filter((frame) => frame.id === 1).length).toBeLessThan(200);
});

test('a producer that outruns its reader ends as slow reader, resumable', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const raw = await it.raw('ann');
  raw.send({ id: 1, method: 'subscription', params: { path: 'live' } });
  const [queue] = await until(() => it.observed.queues.size === 1 && [...it.observed.queues]);
  tcpOf(raw).pause();
  for (let n = 0; queue?.push(n) === true; n += 1);
  await until(() => it.gateway.stats().subscriptions === 0);
  expect(it.observed.queues.size).toBe(0);
  tcpOf(raw).resume();
  expect((await raw.closed).code).toBe(4490);
});
