import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../server/integrations/cache/guard.ts';
import type { LimitRule } from '../../server/integrations/limits/port.ts';
import { createUpstashLimiter } from '../../server/integrations/limits/upstash.ts';
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
const rule = (name: string, limit = 600): LimitRule => ({
  name,
  limit,
  windowMs: 3_600_000,
  whenDown: 'open',
});
const patient = { deadlineMs: 3_000 };

describe.skipIf(missing !== null)(`the limiter on Upstash's counters${note}`, () => {
  let started: Awaited<ReturnType<typeof startRedisWithBridge>>;
  let url = '';
  beforeAll(async () => {
    started = await startRedisWithBridge();
    url = started.bridge.url;
  });
  afterAll(() => started?.[Symbol.asyncDispose]());

  it('costs at most 0.1 billed commands a call at half a budget, over two processes', async () => {
    const processes = [
      await createUpstashLimiter({ url, token, guard: patient }),
      await createUpstashLimiter({ url, token, guard: patient }),
    ];
    const before = await started.bridge.billedCommands();
    let calls = 0;
    for (let call = 0; call < 300; call += 1) {
      const people = Array.from({ length: 20 }, (_, person) =>
        processes[(call + person) % 2]?.consume({ rule: rule('steady'), subject: `user:${person}` }),
      );
      for (const decision of await Promise.all(people)) {
        expect(decision?.allowed).toBe(true);
        calls += 1;
      }
    }
    const perCall = ((await started.bridge.billedCommands()) - before) / calls;
    expect(calls).toBe(6_000);
    expect(perCall).toBeLessThanOrEqual(0.1);
  });

  it('costs nothing for someone who calls rarely, and next to nothing for someone far over the limit', async () => {
    const limiter = await createUpstashLimiter({ url, token, guard: patient });
    const before = await started.bridge.billedCommands();
    for (let person = 0; person < 100; person += 1) {
      for (let call = 0; call < 10; call += 1)
        await limiter.consume({ rule: rule('rare'), subject: `user:${person}` });
    }
    expect((await started.bridge.billedCommands()) - before).toBe(0);
    let admitted = 0;
    for (let call = 0; call < 6_000; call += 1) {
      if ((await limiter.consume({ rule: rule('flood'), subject: 'user:1' })).allowed) admitted += 1;
    }
    expect(admitted).toBe(600);
    expect(((await started.bridge.billedCommands()) - before) / 6_000).toBeLessThanOrEqual(0.05);
  });

  it('holds three processes to one limit: at most a twentieth more for each', async () => {
    const processes = await Promise.all(
      [1, 2, 3].map(() => createUpstashLimiter({ url, token, guard: patient })),
    );
    let admitted = 0;
    for (let call = 0; call < 400; call += 1) {
      const decisions = await Promise.all(
        processes.map((limiter) => limiter.consume({ rule: rule('shared'), subject: 'user:1' })),
      );
      admitted += decisions.filter((one) => one.allowed).length;
    }
    expect(admitted).toBeGreaterThanOrEqual(540);
    expect(admitted).toBeLessThanOrEqual(600 + 3 * 30);
  });

  it('gives the counters an expiry', async () => {
    const limiter = await createUpstashLimiter({ url, token, guard: patient });
    for (let call = 0; call < 40; call += 1)
      await limiter.consume({ rule: rule('expiry'), subject: 'user:1' });
    const call = async (path: string) =>
      (await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })).json();
    expect(await call('/pttl/rs:limit:expiry:user:1')).toEqual({
      result: expect.toSatisfy((ms: number) => ms > 3_000_000 && ms <= 3_600_000),
    });
  });

  it('goes on within the deadline while Redis hangs, counts on its own, and shares again afterwards', async () => {
    await using proxy = await startFaultProxy(Number(new URL(url).port));
    const limiter = await createUpstashLimiter({
      url: proxy.url,
      token,
      guard: { pauseMs: 200, maxPauseMs: 200 },
    });
    proxy.mode = 'blackhole';
    let admitted = 0;
    let slowest = 0;
    for (let call = 0; call < 40; call += 1) {
      const begun = performance.now();
      if ((await limiter.consume({ rule: rule('hang', 10), subject: 'user:1' })).allowed) admitted += 1;
      slowest = Math.max(slowest, performance.now() - begun);
    }
    expect(admitted).toBe(10);
    expect(slowest).toBeLessThan(300);
    expect(limiter.up).toBe(false);
    proxy.mode = 'pass';
    await expect
      .poll(
        async () =>
          (await limiter.consume({ rule: rule('hang-2', 10), subject: `user:${Math.random()}` })) &&
          limiter.up,
        { timeout: 4_000 },
      )
      .toBe(true);
  });

  it('goes on counting from a fresh budget when Redis forgets everything', async () => {
    const limiter = await createUpstashLimiter({ url, token, guard: patient });
    for (let call = 0; call < 50; call += 1)
      await limiter.consume({ rule: rule('flushed', 100), subject: 'user:1' });
    await fetch(`${url}/flushall`, { headers: { authorization: `Bearer ${token}` } });
    let admitted = 0;
    while ((await limiter.consume({ rule: rule('flushed', 100), subject: 'user:1' })).allowed) admitted += 1;
    expect(admitted).toBeGreaterThanOrEqual(50);
    expect(admitted).toBeLessThanOrEqual(115);
  });
});

describe('the limiter when Redis answers nonsense or nothing', () => {
  const overLimit = async (url: string) => {
    const faults: Fault[] = [];
    const limiter = await createUpstashLimiter({
      url,
      token,
      guard: patient,
      onFault: (fault) => faults.push(fault),
    });
    let admitted = 0;
    for (let call = 0; call < 30; call += 1) {
      if ((await limiter.consume({ rule: rule('odd', 10), subject: 'user:1' })).allowed) admitted += 1;
    }
    return { admitted, faults, up: limiter.up };
  };

  it('starts without Redis and counts in the process', async () => {
    const { admitted, up } = await overLimit(`http://127.0.0.1:${await freePort()}`);
    expect([admitted, up]).toEqual([10, false]);
  });

  it.each([
    ['an error', 400, { error: 'OOM command not allowed when used memory' }],
    ['no list', 200, { result: 'aGVsbG8=' }],
    ['no numbers', 200, { result: ['eA==', 'eQ==', 'eg=='] }],
    ['nothing', 200, { result: null }],
    ['no JSON', 200, '<html>'],
  ])('takes %s for an outage, five questions in all', async (_what, status, body) => {
    await using double = await startUpstashDouble();
    double.answer = { status, body };
    const { admitted, up } = await overLimit(double.url);
    expect([admitted, up, double.requests.length]).toEqual([10, false, 5]);
  });
});
