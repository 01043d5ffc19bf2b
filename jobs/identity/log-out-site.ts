import type { JobDeps } from '../deps.ts';
import { jobEvents } from '../events.ts';
import { attempt } from '../failures.ts';

/** After a session ended: tells one site that shared it. Repeated while the site does not answer. */
export function logOutSite({ client, operations }: JobDeps) {
  return client.createFunction(
    {
      id: 'identity-log-out-site',
      triggers: [jobEvents.sessionEnded],
      concurrency: [{ limit: 5, key: 'event.data.clientId' }],
      retries: 5,
    },
    ({ event, step }) => step.run('deliver', () => attempt(() => operations.logOutSite(event.data))),
  );
}
