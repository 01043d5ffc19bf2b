import type { JobDeps } from '../deps.ts';
import { attempt } from '../failures.ts';

/** Every five minutes: what people are to be told of their plan and payments now. */
export function recordNotices({ client, operations }: JobDeps) {
  return client.createFunction(
    { id: 'billing-record-notices', triggers: [{ cron: '*/5 * * * *' }], concurrency: 1, retries: 2 },
    ({ step }) => step.run('record', () => attempt(operations.recordNotices)),
  );
}
