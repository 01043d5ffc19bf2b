import { setTimeout as sleep } from 'node:timers/promises';

/** Spaces background calls to a vendor, so that the calls people wait for keep the rest of its budget. */
export interface Pace {
  /** Resolves when the next call may be made. */
  turn(): Promise<void>;
  /** Nobody's turn comes before `ms` have passed: the vendor asked for patience. */
  rest(ms: number): void;
}

/** One turn every `1 / perSecond` seconds, in order of asking. */
export function createPace(
  perSecond: number,
  wait: (ms: number) => Promise<unknown> = sleep,
  now: () => number = () => performance.now(),
): Pace {
  let next = 0;
  return {
    async turn() {
      for (;;) {
        const early = next - now();
        if (early <= 0) break;
        await wait(early);
      }
      next = Math.max(next, now()) + 1000 / perSecond;
    },
    rest(ms) {
      next = Math.max(next, now() + ms);
    },
  };
}
