import { limitOf, PAYMENT_GRACE_MS } from '../../core/plans.ts';
import { rankOf, type Tier } from '../../core/tiers.ts';
import type { SubscriptionSnapshot, SubscriptionStatus } from '../../integrations/payments/port.ts';

/** Why an organisation has what it has; `unknown-*` also alerts a person. */
export const entitlementReasons = [
  'no-subscription',
  'subscribed',
  'trial',
  'cancels-at-date',
  'collection-paused',
  'update-pending',
  'payment-late',
  'payment-grace-over',
  'payment-failed',
  'payment-incomplete',
  'paused',
  'paid-period-runs',
  'ended',
  'unknown-price',
  'unknown-status',
  'granted',
] as const;
export type EntitlementReason = (typeof entitlementReasons)[number];

/**
 * What an organisation may do now. `spend`: `open` may cause costs beyond what the tier includes, `included` may use what
 * is included or was paid before as a pack, `none` may use nothing metered. `numbers`: new ones allowed, held ones kept, or their release is counted down.
 */
export interface Entitlements {
  readonly tier: Tier;
  readonly access: 'full' | 'read-only';
  readonly spend: 'open' | 'included' | 'none';
  readonly numbers: 'allowed' | 'kept' | 'release';
  readonly reasons: readonly EntitlementReason[];
  /** From this instant (ms) the answer may be another; null when only a billing event can change it. */
  readonly expiresAt: number | null;
  readonly catalogueVersion: number;
}

/** Whether phone numbers can be taken now, so that some may be held from now on. */
export function allowsNumbers({ tier, numbers }: Pick<Entitlements, 'tier' | 'numbers'>): boolean {
  return numbers === 'allowed' && limitOf(tier, 'phoneNumbersHeld') !== 0;
}

/** A tier given by a person instead of a payment, between two instants. */
export interface TierOverride {
  readonly tier: Tier;
  readonly startsAt: number;
  readonly endsAt: number | null;
}

export interface EntitlementFacts {
  readonly subscription: SubscriptionSnapshot | null;
  readonly overrides: readonly TierOverride[];
  readonly catalogueVersion: number;
  readonly now: number;
}

type Verdict = Omit<Entitlements, 'catalogueVersion'>;

/**
 * The one place that turns a subscription into rights (design/reliability.md 4.2, product/decisions.md): pure, total over
 * every status, and constant until `expiresAt`.
 */
export function entitlementsOf(facts: EntitlementFacts): Entitlements {
  const { subscription, overrides, catalogueVersion, now } = facts;
  const paid = subscription === null ? free(['no-subscription'], 'open') : ofSubscription(subscription, now);
  return { ...overrides.reduce((verdict, grant) => withGrant(verdict, grant, now), paid), catalogueVersion };
}

function free(reasons: readonly EntitlementReason[], spend: 'open' | 'included'): Verdict {
  return { tier: 'repx0', access: 'full', spend, numbers: 'kept', reasons, expiresAt: null };
}

function readOnly(reason: EntitlementReason, numbers: 'kept' | 'release'): Verdict {
  return { tier: 'repx0', access: 'read-only', spend: 'none', numbers, reasons: [reason], expiresAt: null };
}

const ended: Verdict = { ...free(['ended'], 'included'), numbers: 'release' };

const byStatus: Record<SubscriptionStatus, (sub: SubscriptionSnapshot, tier: Tier, now: number) => Verdict> =
  {
    trialing: (sub, tier, now) =>
      untilCancelled(sub, now, paidFor(tier, { reasons: ['trial'], spend: 'included', numbers: 'kept' })),
    active: (sub, tier, now) => untilCancelled(sub, now, active(sub, tier)),
    past_due: (sub, tier, now) => untilCancelled(sub, now, inGrace(sub, tier, now)),
    unpaid: () => readOnly('payment-failed', 'release'),
    incomplete: () => free(['payment-incomplete'], 'included'),
    incomplete_expired: () => free(['payment-incomplete'], 'included'),
    paused: () => readOnly('paused', 'kept'),
    canceled: (sub, tier, now) => afterEnd(sub, tier, now),
  };

function ofSubscription(sub: SubscriptionSnapshot, now: number): Verdict {
  if (!isKnown(sub.status)) return readOnly('unknown-status', 'kept');
  const needsPrice = ['trialing', 'active', 'past_due'].includes(sub.status);
  if (sub.tier === null && needsPrice) return readOnly('unknown-price', 'kept');
  return byStatus[sub.status](sub, sub.tier ?? 'repx0', now);
}

function isKnown(status: string): status is SubscriptionStatus {
  return Object.hasOwn(byStatus, status);
}

function paidFor(tier: Tier, rest: Pick<Verdict, 'reasons' | 'spend' | 'numbers'>): Verdict {
  return { tier, access: 'full', expiresAt: null, ...rest };
}

function active(sub: SubscriptionSnapshot, tier: Tier): Verdict {
  const pending = sub.updatePending ? (['update-pending'] as const) : [];
  if (sub.collectionPaused)
    return paidFor(tier, {
      reasons: ['collection-paused', ...pending],
      spend: 'included',
      numbers: 'kept',
    });
  return paidFor(tier, {
    reasons: ['subscribed', ...pending],
    spend: 'open',
    numbers: sub.updatePending ? 'kept' : 'allowed',
  });
}

/** When a cancellation takes effect: its own date, or the end of the period; Stripe's portal may set either. */
export function cancellationDate(sub: SubscriptionSnapshot): number | null {
  if (sub.cancelAt !== null) return sub.cancelAt;
  return sub.cancelAtPeriodEnd ? sub.currentPeriodEnd : null;
}

function untilCancelled(sub: SubscriptionSnapshot, now: number, verdict: Verdict): Verdict {
  const endsAt = cancellationDate(sub);
  if (endsAt === null) return verdict;
  if (now >= endsAt) return ended;
  return {
    ...verdict,
    numbers: verdict.numbers === 'allowed' ? 'kept' : verdict.numbers,
    reasons: [...verdict.reasons, 'cancels-at-date'],
    expiresAt: earlier(verdict.expiresAt, endsAt),
  };
}

/**
 * Seven days from the invoice that was not paid (from the period's beginning where none is owed any more), but never beyond
 * the vendor's last attempt.
 */
function inGrace(sub: SubscriptionSnapshot, tier: Tier, now: number): Verdict {
  const since = sub.pastDueSince ?? sub.currentPeriodStart ?? sub.createdAt;
  const graceEnd = since + PAYMENT_GRACE_MS;
  if (now >= graceEnd || !sub.retriesLeft)
    return { ...free(['payment-grace-over'], 'included'), numbers: 'kept' };
  return {
    ...paidFor(tier, { reasons: ['payment-late'], spend: 'included', numbers: 'kept' }),
    expiresAt: graceEnd,
  };
}

/** A cancelled subscription keeps its tier to the end of the period that was paid for, and no longer. */
function afterEnd(sub: SubscriptionSnapshot, tier: Tier, now: number): Verdict {
  if (sub.paidThrough === null || now >= sub.paidThrough) return ended;
  return {
    ...paidFor(tier, { reasons: ['paid-period-runs'], spend: 'included', numbers: 'kept' }),
    expiresAt: sub.paidThrough,
  };
}

function withGrant(verdict: Verdict, grant: TierOverride, now: number): Verdict {
  if (grant.endsAt !== null && now >= grant.endsAt) return verdict;
  if (now < grant.startsAt) return { ...verdict, expiresAt: earlier(verdict.expiresAt, grant.startsAt) };
  const expiresAt = earlier(verdict.expiresAt, grant.endsAt);
  if (rankOf(grant.tier) < rankOf(verdict.tier)) return { ...verdict, expiresAt };
  return {
    tier: grant.tier,
    access: 'full',
    spend: 'open',
    numbers: 'allowed',
    reasons: [...verdict.reasons, 'granted'],
    expiresAt,
  };
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
