import { randomUUID } from 'node:crypto';
import { calling } from './call.ts';

/** One thing that billing needs at Stripe. */
export interface SyncStep {
  /** What it is, to a person. */
  readonly name: string;
  /** Null while it is not there. */
  readonly id: string | null;
  /** Null when it is as it must be. */
  readonly lacks: string | null;
  /** Makes it so, once under the key; null where nothing is to be done, or only a person can. */
  readonly mend: ((idempotencyKey: string) => Promise<{ readonly id: string }>) | null;
}

/** Makes what can be made, one after the other; what was mended has its id then, and lacks nothing. */
export async function mendSteps<T extends SyncStep>(steps: readonly T[]): Promise<T[]> {
  const done: T[] = [];
  for (const step of steps) {
    const { mend } = step;
    const key = randomUUID();
    done.push(mend === null ? step : { ...step, id: (await calling(() => mend(key))).id, lacks: null });
  }
  return done;
}
