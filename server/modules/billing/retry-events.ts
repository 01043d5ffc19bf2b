import { listStaleBillingEvents } from '../../../db/queries/billing-events.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Ports } from '../../core/ports.ts';
import { billingOf } from './billing-access.ts';
import { processEvent } from './process-event.ts';

/** A delivery whose job has not begun by then has lost it. */
const LOST_AFTER_MS = 60_000;
const BATCH = 100;

/** Processes deliveries that failed before or whose job was lost; one that fails again waits longer. Nothing to do without payments. */
export async function retryEvents(ports: Ports): Promise<{ done: number; failed: number }> {
  if (ports.payments === null) return { done: 0, failed: 0 };
  const deps = billingOf(ports);
  const stale = await withSystemScope(ports.database, 'read', (scope) =>
    listStaleBillingEvents(scope, { olderThanMs: LOST_AFTER_MS, limit: BATCH }),
  );
  let done = 0;
  for (const eventId of stale) {
    try {
      if ((await processEvent(deps, eventId)) !== null) done += 1;
    } catch (error) {
      // Stored with the event, which comes up again; the others must not wait for it.
      ports.logger.error({ err: error, eventId }, 'a stored delivery could not be processed');
    }
  }
  return { done, failed: stale.length - done };
}
