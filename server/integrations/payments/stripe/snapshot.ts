import type Stripe from 'stripe';
import { rankOf } from '../../../core/tiers.ts';
import type { SettledPayment, SubscriptionSnapshot } from '../port.ts';
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
  /** Whether the rest of its period stays paid for where it ended early; null where it did not. */
  readonly isPeriodKept: boolean | null;
  /** The newest of its invoices that was paid, of one that is unpaid or ended; null of others, or where none was. */
  readonly lastPaid: Stripe.Invoice | null;
}

/** The part of a subscription that we keep. Its `latest_invoice` must be expanded. */
export function toSnapshot(
  subscription: Stripe.Subscription,
  { prices, ...facts }: SnapshotFacts | (Pick<SnapshotFacts, 'prices'> & { settled: SettledPayment }),
): SubscriptionSnapshot {
  const item = planItem(subscription, prices);
  const plan = item === undefined ? null : prices.planOf(item.price.id);
  const { items } = subscription;
  const currentPeriodEnd = periodEndOf(subscription);
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
    ...('settled' in facts
      ? settledPaymentOf(facts.settled)
      : paymentOf(subscription, facts, currentPeriodEnd)),
    itemId: item?.id ?? null,
    priceId: item?.price.id ?? null,
    scheduleId: idOf(subscription.schedule),
    checkoutId: subscription.metadata[ourMetadata.checkoutId] ?? null,
  };
}

/**
 * Whether what is stored of a subscription's payment is of its end as Stripe has it, and so decides nothing any more: of
 * another end, or of one that lives, it would be taken from a row that is wrong.
 */
export function isSettled(
  subscription: Stripe.Subscription,
  known: SettledPayment | null,
): known is SettledPayment {
  if (known === null || subscription.status !== 'canceled') return false;
  const { paidThrough, currentPeriodEnd } = known;
  return (
    currentPeriodEnd === periodEndOf(subscription) && (paidThrough ?? currentPeriodEnd) === currentPeriodEnd
  );
}

function settledPaymentOf({ paidThrough, lastPaidAt }: SettledPayment) {
  return { paidThrough, lastPaidAt, pastDueSince: null, retriesLeft: true };
}

/** The earliest of its items' ends. */
function periodEndOf({ items }: Stripe.Subscription): number | null {
  const ends = items.data.map((one) => one.current_period_end);
  return ends.length === 0 ? null : Math.min(...ends) * 1000;
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
  { owed, isPeriodKept, lastPaid }: Omit<SnapshotFacts, 'prices'>,
  periodEnd: number | null,
): Pick<SubscriptionSnapshot, 'paidThrough' | 'lastPaidAt' | 'pastDueSince' | 'retriesLeft'> {
  const isPaid = isPeriodKept ?? latestInvoiceOf(subscription)?.status === 'paid';
  const isLate = subscription.status === 'past_due' || subscription.status === 'unpaid';
  const late = isLate ? lateOf(subscription, owed) : [];
  const isTried = subscription.collection_method === 'charge_automatically' && late.length > 0;
  return {
    paidThrough: isPaid ? periodEnd : null,
    lastPaidAt: ms(lastPaid?.created),
    pastDueSince: late.length === 0 ? null : Math.min(...late.map(dueAt)) * 1000,
    retriesLeft: !isTried || late.some(({ next_payment_attempt }) => next_payment_attempt !== null),
  };
}

/** The latest invoice of a subscription that was asked for with it; null where there is none. */
export function latestInvoiceOf({ latest_invoice: latest }: Stripe.Subscription): Stripe.Invoice | null {
  return typeof latest === 'object' ? latest : null;
}

/**
 * What is late of what is owed: an invoice that was to be collected, or has a due date. Not that of a change which waits for
 * it: nobody owes that. None where the late ones were voided or written off, which leaves the status as it is.
 */
function lateOf(
  { pending_update, latest_invoice }: Stripe.Subscription,
  owed: readonly Stripe.Invoice[],
): Stripe.Invoice[] {
  const awaited = pending_update === null ? null : idOf(latest_invoice);
  return owed.filter(({ id, attempted, due_date }) => id !== awaited && (attempted || due_date !== null));
}

const dueAt = (one: Stripe.Invoice) => one.due_date ?? one.status_transitions.finalized_at ?? one.created;
