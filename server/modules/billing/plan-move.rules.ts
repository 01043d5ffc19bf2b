import { rankOf } from '../../core/tiers.ts';
import type { PlanMove } from '../../integrations/payments/port.ts';
import type { SubscriptionView } from './billing.contract.ts';
import type { CurrentEntitlements } from './current-entitlements.ts';
import { cancellationDate } from './entitlements.rules.ts';

/** Whether a move begins at once: to a higher plan, or on the same plan from months to a year. Everything else is less. */
export function isNow({ subscription, tier, cycle }: PlanMove): boolean {
  const from = subscription.tier === null ? -1 : rankOf(subscription.tier);
  if (rankOf(tier) !== from) return rankOf(tier) > from;
  return cycle === 'annual' && subscription.cycle !== 'annual';
}

/** A subscription as its owner sees it. */
export function toSubscriptionView({ tier, subscription }: CurrentEntitlements): SubscriptionView {
  const cancelAt = subscription === null ? null : cancellationDate(subscription);
  const iso = (at: number | null | undefined) =>
    at === null || at === undefined ? null : new Date(at).toISOString();
  return {
    tier,
    status: subscription?.status ?? 'none',
    billingCycle: subscription?.cycle ?? null,
    currentPeriodEnd: iso(subscription?.currentPeriodEnd),
    cancelAtPeriodEnd: cancelAt !== null,
    cancelAt: iso(cancelAt),
    updatePending: subscription?.updatePending ?? false,
    changePlanned: (subscription?.scheduleId ?? null) !== null,
  };
}
