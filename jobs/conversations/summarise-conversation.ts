import type { JobDeps } from '../deps.ts';
import { jobEvents } from '../events.ts';
import { attempt } from '../failures.ts';

/** After a completed run: the rolling summary. Once a run; at most two at a time for an organisation. */
export function summariseConversation({ client, operations }: JobDeps) {
  return client.createFunction(
    {
      id: 'conversations-summarise',
      triggers: [jobEvents.runCompleted],
      idempotency: 'event.data.runId',
      concurrency: [{ limit: 2, key: 'event.data.orgId' }],
      retries: 4,
    },
    ({ event, step }) =>
      step.run('summarise', () => attempt(() => operations.summariseConversation(event.data))),
  );
}
