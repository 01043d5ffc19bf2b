import { readUsage, watchUsage } from '../../../db/queries/usage-summary.ts';
import { principalOf } from '../../core/authorise.ts';
import type { Call, ScopedCall } from '../../core/call.ts';
import { operation } from '../../core/operation.ts';
import { openScope } from '../../core/scoped.ts';
import { subscription } from '../../core/subscription.ts';
import { watchView } from '../../core/watched-view.ts';
import { billingMode, currentEntitlements } from '../billing/current-entitlements.ts';
import { FollowInput } from '../billing/entitlements.contract.ts';
import { Empty } from '../identity/identity.contract.ts';
import { UsageSummary } from './usage.contract.ts';
import { summarise } from './usage.rules.ts';

/** How long an organisation counts as watched; renewed every minute. */
const WATCH_MS = 150_000;

async function read(call: ScopedCall): Promise<UsageSummary> {
  const [{ tier }, counts] = await Promise.all([
    currentEntitlements(call),
    readUsage(call.scope, billingMode(call.ports)),
  ]);
  return summarise(counts, tier);
}

/** What the caller's organisation has used of its plan in the current day and month (UTC). */
export const getUsageSummary = operation(
  {
    name: 'usage.summary',
    summary: 'What your organisation has used of its plan today and this month.',
    kind: 'query',
    needs: 'authenticated',
    input: Empty,
    output: UsageSummary,
  },
  read,
);

/** The summary now and after each change, whichever process counted it. */
export const followUsage = subscription(
  {
    name: 'usage.follow',
    summary: 'Streams the usage of your organisation: as it is, then after each change.',
    needs: 'authenticated',
    input: FollowInput,
    item: UsageSummary,
  },
  async (call: Call, input) => {
    const { orgId } = principalOf(call.actor);
    return watchView({
      read: () => openScope(call, 'usage.follow', 'read', read),
      subscribe: (wake) => call.ports.organisationSignals.subscribe('usage', orgId, wake),
      askForHints: () =>
        openScope(call, 'usage.follow', 'write', ({ scope, repeated }) => {
          repeated();
          return watchUsage(scope, WATCH_MS);
        }),
      lastEventId: input?.lastEventId ?? null,
    });
  },
);
