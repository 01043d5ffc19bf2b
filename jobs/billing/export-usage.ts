import type { JobDeps } from '../deps.ts';
import { attempt } from '../failures.ts';

/** Every ten minutes: hours that are over are sealed and told to the payment vendor, and what went wrong before is settled. */
export function exportUsage({ client, operations }: JobDeps) {
  return client.createFunction(
    { id: 'billing-export-usage', triggers: [{ cron: '*/10 * * * *' }], concurrency: 1, retries: 2 },
    async ({ step }) => {
      const { sealed } = await step.run('seal', () => attempt(operations.sealUsage));
      const told = await step.run('tell', () => attempt(operations.tellUsage));
      return { sealed, ...told };
    },
  );
}

/** Each hour: the ledger against its export. */
export function checkUsage({ client, operations }: JobDeps) {
  return client.createFunction(
    { id: 'billing-check-usage', triggers: [{ cron: '25 * * * *' }], concurrency: 1, retries: 2 },
    ({ step }) => step.run('check', () => attempt(operations.checkUsageExport)),
  );
}

/** Each night (05:10 UTC): the month against the vendor's own summaries; in its first days the month before, too. */
export function compareUsage({ client, operations }: JobDeps) {
  return client.createFunction(
    { id: 'billing-compare-usage', triggers: [{ cron: '10 5 * * *' }], concurrency: 1, retries: 4 },
    async ({ step }) => {
      let [checked, differing] = [0, 0];
      for (const month of ['this', 'last'] as const) {
        let after: readonly [string, string] | null = ['', ''];
        for (let page = 1; after !== null; page += 1) {
          const from: readonly [string, string] = after;
          const compared: { checked: number; differing: number; next: readonly [string, string] | null } =
            await step.run(`${month}-${page}`, () =>
              attempt(() => operations.compareUsageMonth({ month, after: from })),
            );
          checked += compared.checked;
          differing += compared.differing;
          after = compared.next;
        }
      }
      return { checked, differing };
    },
  );
}
