import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AskShared } from '../../server/integrations/limits/lease.ts';
import type { LimitRule } from '../../server/integrations/limits/port.ts';
import { leasedLimiter } from '../../server/integrations/limits/upstash.ts';

/** A shared bucket that is filled once an hour and counts how often it is asked. */
function bucket(limit: number) {
  const state = { left: limit, asked: 0 };
  const ask: AskShared = async (_rule, _subject, units) => {
    state.asked += 1;
    await new Promise((resolve) => setImmediate(resolve));
    const granted = units <= state.left;
    if (granted) state.left -= units;
    return { granted, remaining: granted ? state.left : 0, resetsAt: Date.now() + 3_600_000 };
  };
  return { state, ask };
}

const ruleOf = (limit: number): LimitRule => ({ name: 'r', limit, windowMs: 3_600_000, whenDown: 'open' });
const patient = { guard: { deadlineMs: 5_000 } };

describe('leases', () => {
  it('admit at most the limit and a twentieth a process, and nearly all of it, however calls are spread', async () => {
    const shape = fc.record({
      limit: fc.integer({ min: 20, max: 1_000 }),
      processes: fc.integer({ min: 1, max: 6 }),
      calls: fc.array(fc.record({ on: fc.nat(), cost: fc.integer({ min: 1, max: 5 }) }), {
        minLength: 400,
        maxLength: 900,
      }),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ limit, processes, calls }) => {
        const { ask } = bucket(limit);
        const limiters = Array.from({ length: processes }, () => leasedLimiter(ask, patient));
        let admitted = 0;
        let demanded = 0;
        for (const { on, cost } of calls) {
          demanded += cost;
          const decision = await limiters[on % processes]?.consume({
            rule: ruleOf(limit),
            subject: 's',
            cost,
          });
          if (decision?.allowed) admitted += cost;
        }
        expect(admitted).toBeLessThanOrEqual(limit + processes * Math.floor(limit / 20));
        expect(admitted).toBeGreaterThanOrEqual(
          Math.min(demanded, limit) * (1 - processes / 8) - processes * 5,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('are exact for one process, at any limit, under concurrent calls', async () => {
    for (const limit of [1, 7, 10, 19, 100]) {
      const { ask } = bucket(limit);
      const limiter = leasedLimiter(ask, patient);
      const calls = Array.from({ length: 3 * limit }, () =>
        limiter.consume({ rule: ruleOf(limit), subject: 's' }),
      );
      const admitted = (await Promise.all(calls)).filter((one) => one.allowed).length;
      expect([limit, admitted]).toEqual([limit, limit]);
    }
  });

  it('ask once for a crowd of simultaneous callers', async () => {
    const { ask, state } = bucket(10_000);
    const limiter = leasedLimiter(ask, patient);
    await Promise.all(
      Array.from({ length: 2_000 }, () => limiter.consume({ rule: ruleOf(10_000), subject: 's' })),
    );
    expect(state.asked).toBeLessThanOrEqual(2);
  });

  it('do not ask at all for the first twentieth, nor for a caller who is over the limit', async () => {
    const { ask, state } = bucket(200);
    const limiter = leasedLimiter(ask, patient);
    const call = (cost = 1) => limiter.consume({ rule: ruleOf(200), subject: 's', cost });
    for (let n = 0; n < 10; n += 1) expect((await call()).remaining).toBe(199 - n);
    expect(state.asked).toBe(0);
    while ((await call()).allowed);
    const { asked } = state;
    for (let n = 0; n < 1_000; n += 1) {
      const decision = await call();
      expect(decision.allowed).toBe(false);
      expect(decision.retryAfterMs).toBeGreaterThan(3_000_000);
    }
    expect(state.asked).toBe(asked);
  });

  it('never grant what is dearer than the whole budget, and still serve the cheap', async () => {
    const limiter = leasedLimiter(bucket(50).ask, patient);
    expect((await limiter.consume({ rule: ruleOf(50), subject: 's', cost: 51 })).allowed).toBe(false);
    expect((await limiter.consume({ rule: ruleOf(50), subject: 's', cost: 1 })).allowed).toBe(true);
  });

  it('begin anew when the shared window ends', async () => {
    let now = 0;
    const ask: AskShared = async () => {
      now += 1;
      return { granted: now % 2 === 1, remaining: 0, resetsAt: Date.now() + 30 };
    };
    const limiter = leasedLimiter(ask, patient);
    const rule = ruleOf(5);
    expect((await limiter.consume({ rule, subject: 's' })).allowed).toBe(true);
    expect((await limiter.consume({ rule, subject: 's' })).allowed).toBe(false);
    await expect
      .poll(async () => (await limiter.consume({ rule, subject: 's' })).allowed, { timeout: 3_000 })
      .toBe(true);
  });

  it('count in the process while the shared counter is away', async () => {
    const faults: string[] = [];
    const limiter = leasedLimiter(() => Promise.reject(new Error('gone')), {
      ...patient,
      onFault: (fault) => faults.push(fault),
    });
    let admitted = 0;
    for (let n = 0; n < 30; n += 1)
      if ((await limiter.consume({ rule: ruleOf(10), subject: 's' })).allowed) admitted += 1;
    expect(admitted).toBe(10);
    expect(limiter.up).toBe(false);
    expect(faults.filter((fault) => fault === 'unreachable')).toHaveLength(5);
  });
});
