import type { JobDeps } from '../deps.ts';
import { attempt } from '../failures.ts';

/** Each night (03:15 UTC): partitions of the run log, and rows nobody asks for any more. */
export function retention({ client, operations }: JobDeps) {
  return client.createFunction(
    { id: 'operations-retention', triggers: [{ cron: '15 3 * * *' }], concurrency: 1, retries: 4 },
    async ({ step }) => {
      const partitions = await step.run('partitions', () => attempt(operations.maintainPartitions));
      const keys = await step.run('idempotency-keys', () => attempt(operations.purgeIdempotencyKeys));
      const outbox = await step.run('outbox', () => attempt(operations.purgeSentOutbox));
      const sessions = await step.run('sessions', () => attempt(operations.purgeEndedSessions));
      const history = await step.run('job-history', () => attempt(operations.purgeJobHistory));
      const exports = await step.run('exports', () => attempt(operations.purgeExports));
      const billing = await step.run('billing', () => attempt(operations.purgeBilling));
      const conversations = await step.run('conversations', () =>
        attempt(operations.purgeDeletedConversations),
      );
      return {
        partitions,
        keys: keys.removed,
        outbox: outbox.removed,
        sessions: sessions.removed,
        history: history.removed,
        exports: exports.removed,
        billing: billing.closed + billing.events + billing.holds,
        conversations: conversations.removed,
      };
    },
  );
}
