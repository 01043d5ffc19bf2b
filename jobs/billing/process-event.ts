import type { JobDeps } from '../deps.ts';
import { jobEvents } from '../events.ts';
import { attempt } from '../failures.ts';

/**
 * After a delivery of the payment vendor is stored: look at its customer again. One of a customer at a time, so that
 * those that wait find the look already made. What fails here the sweep takes up.
 */
export function processBillingEvent({ client, operations }: JobDeps) {
  return client.createFunction(
    {
      id: 'billing-process-event',
      triggers: [jobEvents.billingEventReceived],
      idempotency: 'event.data.eventId',
      concurrency: [{ limit: 10 }, { limit: 1, key: 'event.data.customer' }],
      retries: 3,
    },
    ({ event, step }) => step.run('process', () => attempt(() => operations.processBillingEvent(event.data))),
  );
}

/** Every two minutes: deliveries whose processing failed or was lost with its process. */
export function retryBillingEvents({ client, operations }: JobDeps) {
  return client.createFunction(
    { id: 'billing-retry-events', triggers: [{ cron: '*/2 * * * *' }], concurrency: 1, retries: 0 },
    ({ step }) => step.run('retry', () => attempt(operations.retryBillingEvents)),
  );
}
