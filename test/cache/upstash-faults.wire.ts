import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../server/integrations/cache/guard.ts';
import { createUpstashStore } from '../../server/integrations/cache/upstash.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import {
  freePort,
  redisMissingReason,
  startRedisWithBridge,
  bridgeToken as token,
} from '../support/redis.ts';
import { startUpstashDouble } from '../support/upstash-double.ts';

const missing = redisMissingReason();
const note = missing === null ? '' : ` (skipped: ${missing})`;

/** Tests that do not measure the deadline have a long one: other work runs on these cores. */
async function open(url: string, deadlineMs = 2_000) {
  const faults: Fault[] = [];
  const changes: boolean[] = [];
  const store = await createUpstashStore({
    url,
    token,
    guard: { deadlineMs, pauseMs: 200, maxPauseMs: 400, onChange: (up) => changes.push(up) },
    onFault: (fault) => faults.push(fault),
  });
  const timedGet = async (key: string) => {
    const begun = performance.now();
    const [value] = await store.getMany([key]);
    return { value, ms: performance.now() - begun };
  };
  return { store, faults, changes, timedGet };
}

describe('the Upstash store when its Redis misbehaves', () => {
  it('starts without Redis: every read is a miss, five attempts in all', async () => {
    const { store, faults, changes } = await open(`http://127.0.0.1:${await freePort()}`);
    for (let n = 0; n < 30; n += 1) expect(await store.getMany([`k${n}`])).toEqual([null]);
    expect(faults.filter((fault) => fault !== 'open')).toHaveLength(5);
    expect(store.up).toBe(false);
    expect(changes).toEqual([false]);
  });

  it.each([
    ['OOM command not allowed when used memory', 400],
    ["READONLY You can't write against a read only replica.", 400],
    ['LOADING Redis is loading the dataset in memory', 400],
    ['NOAUTH Authentication required.', 400],
    ['Unauthorized', 401],
    ['ERR max daily request limit exceeded. Limit: 10000', 400],
    ['<html>bad gateway</html>', 502],
  ])('takes "%s" for a refusal, sends nothing twice and stops after five', async (text, status) => {
    await using double = await startUpstashDouble();
    double.answer = { status, body: status === 502 ? text : { error: text } };
    const { store, faults } = await open(double.url);
    await store.set('k', 'v', 1_000);
    for (let n = 0; n < 20; n += 1) expect(await store.getMany(['k'])).toEqual([null]);
    await store.delete(['k']);
    expect(double.requests).toHaveLength(5);
    expect(faults.filter((fault) => fault === 'refused')).toHaveLength(5);
  });

  it.each([
    ['a string instead of a list', { result: 'aGVsbG8=' }],
    ['too few values', { result: [] }],
    ['numbers and lists', { result: [7, ['eA==']] }],
    ['no result', {}],
    ['text that is no JSON', '{"result":['],
  ])('takes %s for a miss', async (_what, body) => {
    await using double = await startUpstashDouble();
    double.answer = { status: 200, body };
    const { store } = await open(double.url);
    expect(await store.getMany(['a', 'b'])).toEqual([null, null]);
  });
});

describe.skipIf(missing !== null)(`the Upstash store behind a broken network${note}`, () => {
  it('gives up on a hanging Redis after 100 ms, opens after five calls, and comes back by one probe', async () => {
    await using started = await startRedisWithBridge();
    await using proxy = await startFaultProxy(Number(new URL(started.bridge.url).port));
    const { store, faults, timedGet } = await open(proxy.url, 100);
    await (await open(started.bridge.url)).store.set('k', 'v', 60_000);
    proxy.mode = 'blackhole';
    for (let n = 0; n < 5; n += 1) {
      const { value, ms } = await timedGet('k');
      expect(value).toBeNull();
      expect(ms).toBeLessThan(250);
    }
    expect(store.up).toBe(false);
    const before = proxy.seen.clientBytes;
    for (let n = 0; n < 50; n += 1) expect((await timedGet('k')).ms).toBeLessThan(50);
    expect(proxy.seen.clientBytes).toBe(before);
    expect(faults.slice(0, 5)).toEqual(Array(5).fill('timeout'));
    proxy.mode = 'pass';
    await expect.poll(async () => (await timedGet('k')).value, { interval: 50, timeout: 3_000 }).toBe('v');
    expect(store.up).toBe(true);
  });

  it('never hands out the value of a call that came too late (2 s a command)', async () => {
    await using started = await startRedisWithBridge();
    await using proxy = await startFaultProxy(Number(new URL(started.bridge.url).port));
    const { store, faults } = await open(proxy.url, 100);
    await (await open(started.bridge.url)).store.set('k', 'v', 60_000);
    proxy.mode = { delayMs: 1_000 };
    const values = await Promise.all(['k', 'l', 'm'].map((key) => store.getMany([key])));
    expect(values).toEqual([[null], [null], [null]]);
    proxy.mode = 'pass';
    await sleep(2_100);
    expect(faults.every((fault) => fault === 'timeout')).toBe(true);
    await expect.poll(() => store.getMany(['k'])).toEqual(['v']);
  });

  it.each(['reset', 'refuse', { cutAfterBytes: 40 }] as const)(
    'takes a connection that breaks (%o) for a miss and sends nothing again',
    async (mode) => {
      await using started = await startRedisWithBridge();
      await using proxy = await startFaultProxy(Number(new URL(started.bridge.url).port));
      const { store, timedGet } = await open(proxy.url);
      await store.set('k', 'v', 60_000);
      const requests = started.bridge.counted.requests;
      proxy.mode = mode;
      expect((await timedGet('k')).value).toBeNull();
      await sleep(100);
      expect(started.bridge.counted.requests - requests).toBeLessThanOrEqual(1);
      proxy.mode = 'pass';
      expect((await timedGet('k')).value).toBe('v');
    },
  );

  it('makes up for a deletion that did not get through', async () => {
    await using started = await startRedisWithBridge();
    await using proxy = await startFaultProxy(Number(new URL(started.bridge.url).port));
    const [mine, other] = [await open(proxy.url), await open(started.bridge.url)];
    await mine.store.set('k', 'old', 60_000);
    proxy.mode = 'reset';
    await mine.store.delete(['k']);
    proxy.mode = 'pass';
    expect((await mine.timedGet('k')).value).toBeNull();
    await expect.poll(async () => (await other.timedGet('k')).value).toBeNull();
  });

  it('loses nothing but time when Redis forgets everything', async () => {
    await using started = await startRedisWithBridge();
    const { store, faults } = await open(started.bridge.url);
    await store.set('k', 'v', 60_000);
    await fetch(`${started.bridge.url}/flushall`, { headers: { authorization: `Bearer ${token}` } });
    expect(await store.getMany(['k'])).toEqual([null]);
    expect(faults).toEqual([]);
  });
});
