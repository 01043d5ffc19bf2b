import { expect, it } from 'vitest';
import { type Mutation, simulate } from './simulate.ts';
import type { LogStore } from './stores.ts';

/** Seeds after which a planted mistake must have been found. */
const SEEDS = 6;
/** A slow machine that does other things beside takes some twenty seconds; what hangs is noticed all the same. */
const LIMIT_MS = 90_000;

/** The promise under faults: no run of the simulation is wrong. */
export function itKeepsThePromise(open: () => LogStore, runs: number): void {
  it(
    `keeps ${runs} runs with rival owners right under lost, late and unanswered requests`,
    async () => {
      const result = await simulate({ store: open(), seed: 20_261_123, runs });
      expect(result.wrong).toEqual([]);
      expect(result.runs).toBe(runs);
      expect(result.batches).toBeGreaterThan(runs);
      expect(
        Math.min(result.faults.lostRequest, result.faults.lateRequest, result.faults.lostReply),
      ).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
}

/** The same simulation with a planted mistake: the checker must see it, or it proves nothing. */
export function itSees(mistake: string, open: () => LogStore, mutation?: Mutation): void {
  it(
    `turns red when ${mistake}`,
    async () => {
      let wrong = 0;
      for (let seed = 1; seed <= SEEDS && wrong === 0; seed += 1) {
        const result = await simulate({ store: open(), seed, runs: 60, ...(mutation && { mutation }) });
        wrong = result.wrong.length;
      }
      expect(wrong).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
}
