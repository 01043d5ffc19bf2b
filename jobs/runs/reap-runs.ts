import type { JobDeps } from '../deps.ts';
import { attempt } from '../failures.ts';

/** Each minute: runs whose owner died. The second net under the reaper that every process has. */
export function reapRuns({ client, operations }: JobDeps) {
  return client.createFunction(
    { id: 'runs-reap', triggers: [{ cron: '* * * * *' }], concurrency: 1, retries: 1 },
    ({ step }) => step.run('reap', () => attempt(operations.reapRuns)),
  );
}
