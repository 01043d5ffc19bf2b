import type { JobDeps } from '../deps.ts';
import { jobEvents } from '../events.ts';
import { attempt } from '../failures.ts';

/** Mails a notice to one person. Once a notice; a mail server that is away is tried again for some hours. */
export function sendNotice({ client, operations }: JobDeps) {
  return client.createFunction(
    {
      id: 'billing-send-notice',
      triggers: [jobEvents.billingNoticeDue],
      idempotency: 'event.data.orgId + event.data.key',
      concurrency: [{ limit: 2, key: 'event.data.orgId' }],
      retries: 10,
    },
    ({ event, step }) => step.run('send', () => attempt(() => operations.sendNotice(event.data))),
  );
}
