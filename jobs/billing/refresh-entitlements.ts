import type { JobDeps } from '../deps.ts';
import { attempt } from '../failures.ts';

/** Each minute: entitlements past their expiry, and holds of usage that were never settled. */
export function refreshEntitlements({ client, operations }: JobDeps) {
  return client.createFunction(
    {
      id: 'billing-refresh-entitlements',
      triggers: [{ cron: '* * * * *' }],
      concurrency: 1,
      retries: 2,
    },
    async ({ step }) => {
      const entitlements = await step.run('entitlements', () => attempt(operations.refreshEntitlements));
      const holds = await step.run('holds', () => attempt(operations.expireUsageHolds));
      return { refreshed: entitlements.refreshed, expired: holds.expired };
    },
  );
}
