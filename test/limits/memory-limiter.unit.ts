import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryLimiter } from '../../server/integrations/limits/memory.ts';
import type { LimitRule } from '../../server/integrations/limits/port.ts';

const rule: LimitRule = { name: 'r', limit: 10, windowMs: 60_000, whenDown: 'open' };

function setUp() {
  const time = { now: 1_200_000 };
  const limiter = createMemoryLimiter({ clock: { now: () => time.now } });
  return { time, limiter, take: (cost = 1, subject = 'user:1') => limiter.consume({ rule, subject, cost }) };
}

describe('the limiter in memory', () => {
  it('admits exactly the limit and says what is left', async () => {
    const { take } = setUp();
    const decisions = [];
    for (let n = 0; n < 15; n += 1) decisions.push(await take());
    expect(decisions.map((one) => one.allowed)).toEqual([...Array(10).fill(true), ...Array(5).fill(false)]);
    expect(decisions.map((one) => one.remaining).slice(0, 11)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]);
  });

  it('keeps subjects and rules apart', async () => {
    const { take, limiter } = setUp();
    await take(10);
    expect((await take(1)).allowed).toBe(false);
    expect((await take(1, 'user:2')).allowed).toBe(true);
    expect((await limiter.consume({ rule: { ...rule, name: 'other' }, subject: 'user:1' })).allowed).toBe(
      true,
    );
  });

  it('does not count what it refuses', async () => {
    const { take } = setUp();
    await take(8);
    for (let n = 0; n < 50; n += 1) expect((await take(5)).allowed).toBe(false);
    expect((await take(2)).allowed).toBe(true);
  });

  it('lets no burst through where one window ends and the next begins', async () => {
    const { take, time } = setUp();
    time.now += 59_999;
    await take(10);
    time.now += 2;
    expect((await take()).allowed).toBe(false);
    time.now += 30_000;
    expect((await take(5)).allowed).toBe(true);
    expect((await take(1)).allowed).toBe(false);
  });

  it('names a wait after which the call goes through, and before which it does not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ stepMs: fc.nat({ max: 50_000 }), cost: fc.integer({ min: 1, max: 10 }) }), {
          minLength: 3,
          maxLength: 30,
        }),
        async (steps) => {
          const { take, time } = setUp();
          for (const { stepMs, cost } of steps) {
            time.now += stepMs;
            const decision = await take(cost);
            if (decision.allowed) continue;
            time.now += decision.retryAfterMs - 2;
            if (decision.retryAfterMs > 2) expect((await take(cost)).allowed).toBe(false);
            time.now += 2;
            expect((await take(cost)).allowed).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('says never more than a budget and a bit in any window, whatever the calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 20_000 }), { minLength: 30, maxLength: 120 }),
        async (steps) => {
          const { take, time } = setUp();
          const admitted: number[] = [];
          for (const step of steps) {
            time.now += step;
            if ((await take()).allowed) admitted.push(time.now);
          }
          for (const start of admitted) {
            const inWindow = admitted.filter((at) => at >= start && at < start + rule.windowMs).length;
            // Two neighbouring windows hold at most limit + what has slid out; evenly spread calls hold `limit`.
            expect(inWindow).toBeLessThanOrEqual(2 * rule.limit - 1);
          }
          const aligned = new Map<number, number>();
          for (const at of admitted)
            aligned.set(at - (at % rule.windowMs), (aligned.get(at - (at % rule.windowMs)) ?? 0) + 1);
          expect(Math.max(0, ...aligned.values())).toBeLessThanOrEqual(rule.limit);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is bounded: a million subjects do not fill the memory', async () => {
    const limiter = createMemoryLimiter({ maxSubjects: 100 });
    for (let n = 0; n < 1_000; n += 1) await limiter.consume({ rule, subject: `addr:${n}`, cost: 10 });
    expect((await limiter.consume({ rule, subject: 'addr:0' })).allowed).toBe(true);
    expect((await limiter.consume({ rule, subject: 'addr:999' })).allowed).toBe(false);
  });
});
