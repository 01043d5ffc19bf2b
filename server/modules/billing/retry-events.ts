import { processEvent } from './process-event.ts';
import type { BillingDeps } from './sync-customer.ts';

/** A delivery whose job has not begun by then has lost it. */
const LOST_AFTER_MS = 60_000;
const BATCH = 100;

/** Processes deliveries that failed before or whose job was lost; one that fails again waits longer. */
export async function retryEvents(deps: BillingDeps): Promise<{ done: number; failed: number }> {
  const stale = await deps.store.listStaleEvents({ olderThanMs: LOST_AFTER_MS, limit: BATCH });
  let done = 0;
  for (const eventId of stale) {
    try {
      if ((await processEvent(deps, eventId)) !== null) done += 1;
    } catch (error) {
      // Stored with the event, which comes up again; the others must not wait for it.
      deps.logger.error({ err: error, eventId }, 'a stored delivery could not be processed');
    }
  }
  return { done, failed: stale.length - done };
}
