import type Stripe from 'stripe';
import { rankOf } from '../../../core/tiers.ts';
import type { SubscriptionSnapshot } from '../port.ts';
import type { PriceList } from './price-list.ts';

/** What listing must expand for a snapshot to be whole. */
export const snapshotExpand = ['data.latest_invoice'];

/** The metadata by which our own objects are known. */
export const ourMetadata = {
  orgId: 'organisation_id',
  checkoutId: 'checkout_id',
  portal: 'repspheres_portal',
} as const;

const ms = (seconds: number | null | undefined) =>
  seconds === null || seconds === undefined ? null : seconds * 1000;
const idOf = (ref: string | { id: string } | null) => (typeof ref === 'string' ? ref : (ref?.id ?? null));

/** What a subscription alone does not say. */
export interface SnapshotFacts {
  readonly prices: PriceList;
  /** Its open invoices, of one that is late. */
  readonly owed: readonly Stripe.Invoice[];
  /** Whether the rest of its period stays paid for where it ended early. */
  readonly isPeriodKept: boolean;
}

/** The part of a subscription that we keep. Its `latest_invoice` must be expanded. */
export function toSnapshot(
  subscription: Stripe.Subscription,
  { prices, owed, isPeriodKept }: SnapshotFacts,
): SubscriptionSnapshot {
  const item = planItem(subscription, prices);
  const plan = item === undefined ? null : prices.planOf(item.price.id);
  const invoice = typeof subscription.latest_invoice === 'object' ? subscription.latest_invoice : null;
  const { items } = subscription;
  const ends = items.data.map((one) => one.current_period_end);
  const currentPeriodEnd = ends.length === 0 ? null : Math.min(...ends) * 1000;
  return {
    id: subscription.id,
    customerId: idOf(subscription.customer) ?? '',
    status: subscription.status,
    tier: plan?.tier ?? null,
    cycle: plan?.cycle ?? null,
    createdAt: subscription.created * 1000,
    currentPeriodStart: ms(item?.current_period_start ?? items.data[0]?.current_period_start),
    currentPeriodEnd,
    cancelAt: ms(subscription.cancel_at),
    cancelAtPeriodEnd: subscription.cancel_at_period_end,
    endedAt: ms(subscription.ended_at),
    trialEnd: ms(subscription.trial_end),
    collectionPaused: subscription.pause_collection !== null,
    updatePending: subscription.pending_update !== null,
    ...paymentOf(subscription, {
      ...{ invoice, owed },
      periodEnd: isPeriodKept ? currentPeriodEnd : null,
    }),
    itemId: item?.id ?? null,
    priceId: item?.price.id ?? null,
    scheduleId: idOf(subscription.schedule),
    checkoutId: subscription.metadata[ourMetadata.checkoutId] ?? null,
  };
}

/** Of several items the one with the highest plan; the first where none is a plan of ours. */
function planItem({ items }: Stripe.Subscription, prices: PriceList): Stripe.SubscriptionItem | undefined {
  const rank = (item: Stripe.SubscriptionItem) => {
    const plan = prices.planOf(item.price.id);
    return plan === null ? -1 : rankOf(plan.tier);
  };
  return items.data.toSorted((a, b) => rank(b) - rank(a))[0];
}

function paymentOf(
  subscription: Stripe.Subscription,
  {
    invoice,
    owed,
    periodEnd,
  }: { invoice: Stripe.Invoice | null; owed: readonly Stripe.Invoice[]; periodEnd: number | null },
): Pick<SubscriptionSnapshot, 'paidThrough' | 'pastDueSince' | 'retriesLeft'> {
  const isLate = ['past_due', 'unpaid'].includes(subscription.status) && invoice !== null;
  const isTried = invoice?.attempted === true && subscription.collection_method === 'charge_automatically';
  return {
    paidThrough: invoice?.status === 'paid' ? periodEnd : null,
    pastDueSince: isLate ? lateSince(owed) : null,
    retriesLeft: !(isLate && isTried && invoice.next_payment_attempt === null),
  };
}

/**
 * Since when the oldest of what is owed is late: from its due date, or from when it was to be collected. Null where nothing
 * is: an invoice that was voided or written off leaves the status as it is.
 */
function lateSince(owed: readonly Stripe.Invoice[]): number | null {
  const late = owed.filter(({ attempted, due_date }) => attempted || due_date !== null);
  const since = (one: Stripe.Invoice) => one.due_date ?? one.status_transitions.finalized_at ?? one.created;
  return late.length === 0 ? null : Math.min(...late.map(since)) * 1000;
}
