import type { BillingCycle } from '../../core/plans.ts';
import type { Tier } from '../../core/tiers.ts';

/** Instants are milliseconds since 1970 UTC. Money is integer cents of US dollars. */

/** The statuses Stripe documents; any other text may come and is legal. */
export const subscriptionStatuses = [
  'trialing',
  'active',
  'past_due',
  'unpaid',
  'incomplete',
  'incomplete_expired',
  'paused',
  'canceled',
] as const;
export type SubscriptionStatus = (typeof subscriptionStatuses)[number];

/** What we keep of a subscription: everything entitlements follow from, and nothing about the person. */
export interface SubscriptionSnapshot {
  readonly id: string;
  readonly customerId: string;
  /** As the vendor says it; may be one we have not heard of. */
  readonly status: string;
  /** Null for a price that our configuration does not name. */
  readonly tier: Tier | null;
  readonly cycle: BillingCycle | null;
  readonly createdAt: number;
  readonly currentPeriodStart: number | null;
  /** The earliest end among its items. */
  readonly currentPeriodEnd: number | null;
  /** When it will end by a cancellation with a date. */
  readonly cancelAt: number | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly endedAt: number | null;
  readonly trialEnd: number | null;
  /** Invoices are drafted but not collected; the status stays `active`. */
  readonly collectionPaused: boolean;
  /** A paid change waits for its payment; until then the old plan holds. */
  readonly updatePending: boolean;
  /** The end of the period that is paid for; null while the latest invoice is not. */
  readonly paidThrough: number | null;
  /** Since when the latest invoice should have been paid; null unless a payment is late. */
  readonly pastDueSince: number | null;
  /** Whether the vendor will try the late payment again. */
  readonly retriesLeft: boolean;
  /** The checkout of ours that made it; null for one made in the vendor's dashboard. */
  readonly checkoutId: string | null;
}
