import { setTimeout as sleep } from 'node:timers/promises';
import { databaseFailure } from '../core/database-failure.ts';
import { Failure } from '../core/failure.ts';

/** Below the lease of 8 s: whoever waits longer has lost the run anyway. */
const PATIENCE_MS = 6000;
const MAX_PAUSE_MS = 500;

/**
 * Repeats a transaction of a run while the database is only busy or away for a moment: a full pool must not end an
 * answer. Pauses grow with full jitter; after 6 s, or for any other error, the error goes to the caller.
 */
export async function patiently<T>(act: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let pause = 50; ; pause = Math.min(MAX_PAUSE_MS, pause * 2)) {
    try {
      return await act();
    } catch (error) {
      const failure = databaseFailure(error);
      const passing = failure instanceof Failure && failure.code === 'server.unavailable';
      if (!passing || performance.now() > giveUpAt) throw error;
      await sleep(Math.random() * pause);
    }
  }
}
