import type { JobDeps } from '../deps.ts';
import { jobEvents } from '../events.ts';
import { attempt } from '../failures.ts';

/** Mails that an erasure was cancelled. Once a request; a mail server that is away is tried again for some hours. */
export function tellErasureCancelled({ client, operations }: JobDeps) {
  return client.createFunction(
    {
      id: 'personal-data-tell-cancelled',
      triggers: [jobEvents.erasureCancelled],
      idempotency: 'event.data.requestId',
      concurrency: [{ limit: 2 }],
      retries: 10,
    },
    ({ event, step }) => step.run('send', () => attempt(() => operations.tellErasureCancelled(event.data))),
  );
}
