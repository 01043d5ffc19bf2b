import type { JobDeps } from '../deps.ts';
import { attempt } from '../failures.ts';

/** Steps in one run; a longer cycle goes on in the next hour's. Inngest allows 1,000. */
const STEPS = 400;

type Kind = 'recent' | 'full';
type Step = { run<T>(id: string, act: () => Promise<T>): Promise<T> };

/** Each hour: customers of whom the vendor said something since, then what is left of a cycle over all of them. */
export function reconcileRecent({ client, operations }: JobDeps) {
  return client.createFunction(
    { id: 'billing-reconcile', triggers: [{ cron: '7 * * * *' }], concurrency: 1, retries: 4 },
    async ({ step }) => {
      const recent = await walk(step as unknown as Step, operations, 'recent');
      const { unfinished } = await step.run('unfinished', () => attempt(operations.findUnfinishedReconcile));
      const full = unfinished ? await walk(step as unknown as Step, operations, 'full') : null;
      return { recent, full };
    },
  );
}

/** Each night (04:30 UTC): all customers. */
export function reconcileAll({ client, operations }: JobDeps) {
  return client.createFunction(
    { id: 'billing-reconcile-all', triggers: [{ cron: '30 4 * * *' }], concurrency: 1, retries: 4 },
    ({ step }) => walk(step as unknown as Step, operations, 'full'),
  );
}

async function walk(step: Step, { reconcileStep }: JobDeps['operations'], kind: Kind) {
  for (let count = 1; ; count += 1) {
    const { done, ...report } = await step.run(`${kind}-${count}`, () =>
      attempt(() => reconcileStep({ kind })),
    );
    if (done || count >= STEPS) return { ...report, done };
  }
}
