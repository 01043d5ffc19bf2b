import type { UsageCounts } from '../../../db/queries/usage-summary.ts';
import type { Meter } from '../../core/meters.ts';
import { type Feature, opens, plans, requiredTierFor } from '../../core/plans.ts';
import { nextTierWhere, type Tier } from '../../core/tiers.ts';
import type { SubscriptionSnapshot } from '../../integrations/payments/port.ts';
import { summarise } from '../usage/usage.rules.ts';
import type { CurrentEntitlements } from './current-entitlements.ts';
import type { EntitlementsView, FeatureCheck } from './entitlements.contract.ts';
import { cancellationDate } from './entitlements.rules.ts';

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** The page of the apps where `tier` can be bought. */
export function upgradeUrlTo(page: string, tier: Tier | undefined): string | null {
  if (tier === undefined) return null;
  const url = new URL(page);
  url.searchParams.set('tier', tier);
  return url.toString();
}

/** Entitlements with what each app reads of them. */
export function toEntitlementsView(
  current: CurrentEntitlements,
  counts: UsageCounts,
  upgradePage: string,
): EntitlementsView {
  const plan = plans[current.tier];
  const { limits, features } = plan;
  const { subscription } = current;
  const cancelAt = subscription === null ? null : cancellationDate(subscription);
  const agentTimeLimit = limits.agentSecondsPerSession;
  return {
    tier: current.tier,
    tierName: plan.name,
    status: subscription?.status ?? 'none',
    access: current.access,
    reasons: [...current.reasons],
    currentPeriodEnd: iso(subscription?.currentPeriodEnd ?? null),
    cancelAtPeriodEnd: cancelAt !== null,
    cancelAt: iso(cancelAt),
    expiresAt: iso(current.expiresAt),
    version: current.version,
    features: { ...features, agentTimeLimit },
    limits: {
      aiQueries: limits.aiQueriesPerMonth,
      researchScans: limits.researchScansPerDay,
      emails: limits.emailsPerMonth,
      calls: limits.callsPerMonth,
      transcriptions: limits.transcriptionsPerMonth,
      phoneNumbers: limits.phoneNumbersHeld,
    },
    agentSeconds: agentTimeLimit,
    unlimited: agentTimeLimit === null,
    apps: [...plan.apps],
    connections: {
      phone: features.phoneAccess,
      sms: features.smsAccess,
      email: features.emailAccess,
      gmail: features.gmailIntegration,
    },
    ...usageOf(current.tier, counts),
    upgradeUrl: upgradeUrlTo(
      upgradePage,
      nextTierWhere(current.tier, () => true),
    ),
  };
}

function usageOf(tier: Tier, counts: UsageCounts): Pick<EntitlementsView, 'usage' | 'resetsAt'> {
  const { meters } = summarise(counts, tier);
  const used = (meter: Meter) => meters[meter].used;
  const researchScans = used('researchScans');
  return {
    usage: {
      aiQueries: used('aiQueries'),
      researchScans,
      emails: used('emails'),
      calls: used('calls'),
      transcriptions: used('transcriptions'),
      agentSeconds: Math.round(used('agentMilliseconds') / 1000),
      canvas_briefs: researchScans,
      ripples: used('shareLinks'),
    },
    resetsAt: meters.aiQueries.resetsAt,
  };
}

/** Whether the plan opens a feature now, and if not, why and where to get it. */
export function checkFeature(
  { tier, subscription }: Pick<CurrentEntitlements, 'tier' | 'subscription'>,
  feature: Feature,
  upgradePage: string,
): FeatureCheck {
  const closed = { feature, allowed: false, requiredTier: requiredTierFor(feature) } as const;
  if (opens(tier, feature))
    return { feature, allowed: true, reason: 'included', requiredTier: null, upgradeUrl: null };
  if (subscription !== null && isDue(subscription) && opens(subscription.tier ?? 'repx0', feature))
    return { ...closed, reason: 'payment-due', upgradeUrl: null };
  return { ...closed, reason: 'tier-too-low', upgradeUrl: upgradeUrlTo(upgradePage, closed.requiredTier) };
}

const isDue = ({ status }: SubscriptionSnapshot) => ['past_due', 'unpaid', 'paused'].includes(status);
