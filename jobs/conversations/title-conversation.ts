import type { JobDeps } from '../deps.ts';
import { jobEvents } from '../events.ts';
import { attempt } from '../failures.ts';

/** After a completed run: a title for the conversation. Once a run; at most two at a time for an organisation. */
export function titleConversation({ client, operations }: JobDeps) {
  return client.createFunction(
    {
      id: 'conversations-title',
      triggers: [jobEvents.runCompleted],
      idempotency: 'event.data.runId',
      concurrency: [{ limit: 2, key: 'event.data.orgId' }],
      retries: 4,
    },
    ({ event, step }) => step.run('title', () => attempt(() => operations.titleConversation(event.data))),
  );
}
