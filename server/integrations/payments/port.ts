import type { BillingCycle } from '../../core/plans.ts';
import type { Tier } from '../../core/tiers.ts';
import type { Metering } from './metering.ts';
import type { Pace } from './pace.ts';
import type { VendorWalk } from './walk.ts';

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
  /** The end of the period that is paid for; null while the latest invoice is not, or once its money was given back. */
  readonly paidThrough: number | null;
  /** Of one that is unpaid or ended: when the newest of its invoices that was paid was made; null of others, or where none was. */
  readonly lastPaidAt: number | null;
  /** Since when the oldest invoice that is owed should have been paid; null where none is late. */
  readonly pastDueSince: number | null;
  /** Whether the vendor will try the late payment again. */
  readonly retriesLeft: boolean;
  /** The item and price that are the plan, and the schedule of a planned change; null where there is none. */
  readonly itemId: string | null;
  readonly priceId: string | null;
  readonly scheduleId: string | null;
  /** The checkout of ours that made it; null for one made in the vendor's dashboard. */
  readonly checkoutId: string | null;
}

/** What is known of a subscription that is long over, and does not change any more. */
export type SettledPayment = Pick<SubscriptionSnapshot, 'paidThrough' | 'lastPaidAt' | 'currentPeriodEnd'>;

/** Who a customer of the vendor is. */
export interface CustomerIdentity {
  readonly customerId: string;
  /** Our organisation as the vendor's metadata names it; null for a customer made elsewhere. */
  readonly orgId: string | null;
  readonly deleted: boolean;
}

export interface CheckoutOrder {
  /** Ours; the idempotency key, and kept in the metadata of what is bought. */
  readonly checkoutId: string;
  readonly orgId: string;
  readonly customerId: string;
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly purchase: Purchase;
}

export type Purchase =
  | { readonly kind: 'plan'; readonly tier: Tier; readonly cycle: BillingCycle }
  | { readonly kind: 'add-on'; readonly meter: string; readonly quantity: number };

export interface OpenedCheckout {
  readonly sessionId: string;
  readonly url: string;
}

/** A checkout page as the vendor has it. `addOn` only of one that sold prepaid units. */
export interface CheckoutState {
  readonly sessionId: string;
  readonly status: 'open' | 'complete' | 'expired';
  readonly paid: boolean;
  readonly customerId: string | null;
  readonly addOn: { readonly meter: string; readonly quantity: number } | null;
}

/** A move of a subscription to another plan. */
export interface PlanMove {
  readonly subscription: SubscriptionSnapshot;
  readonly tier: Tier;
  readonly cycle: BillingCycle;
  /** The instant the proration is counted from, as a preview named it; now when null. */
  readonly prorationDate: number | null;
}

export interface ChangePreview {
  /** What would be charged now; never below zero. */
  readonly dueNowCents: number;
  readonly lines: readonly { readonly description: string; readonly cents: number }[];
  /** Null where nothing is counted by time. */
  readonly prorationDate: number | null;
}

export interface PaidInvoice {
  readonly id: string;
  readonly date: number;
  readonly description: string;
  readonly amountCents: number;
  readonly status: string;
  readonly url: string | null;
}

/** A delivery that was proven to come from the vendor. A signal to look, never a state to store. */
export interface VendorEvent {
  readonly id: string;
  readonly type: string;
  readonly livemode: boolean;
  /** Another account's id, for deliveries of connected accounts; null for our own. */
  readonly account: string | null;
  readonly customerId: string | null;
  /** Where to ask for the object when the delivery names no customer. */
  readonly objectUrl: string | null;
  /** The checkout page it speaks of. */
  readonly checkoutSessionId: string | null;
}

/**
 * The payment vendor. Every call has a deadline and a bounded number of attempts; what changes something carries an
 * idempotency key. Throws `billing.vendor-unavailable` (worth repeating), `billing.vendor-refused` or
 * `billing.payment-declined`. While the vendor is down nothing is sold; what is stored stays in force.
 */
export interface Payments {
  readonly metering: Metering;
  readonly walk: VendorWalk;
  /** Real money, or the vendor's test mode. */
  readonly livemode: boolean;
  /** The same vendor for work in the background: each request waits for its turn, and after a 429 all rest. */
  paced(pace: Pace): Payments;
  /** The same customer however often asked; another one for each of the organisation's that was deleted before. */
  createCustomer(org: {
    orgId: string;
    name: string;
    email: string | null;
    deletedBefore?: number;
  }): Promise<string>;
  /** Null when the vendor has never had it. */
  findCustomer(customerId: string): Promise<CustomerIdentity | null>;
  openCheckout(order: CheckoutOrder): Promise<OpenedCheckout>;
  readCheckout(sessionId: string): Promise<CheckoutState>;
  /** Closes a page for ever; resolves its state, `complete` when it was faster. */
  expireCheckout(sessionId: string): Promise<CheckoutState>;
  /** Pages that sold prepaid units to a customer, paid. */
  listAddOnCheckouts(customerId: string): Promise<CheckoutState[]>;
  openPortal(customerId: string, returnUrl: string): Promise<string>;
  /** All of a customer's subscriptions, ended ones too, as they are now. What is known by `settled` is not looked up. */
  listSubscriptions(
    customerId: string,
    settled?: ReadonlyMap<string, SettledPayment>,
  ): Promise<SubscriptionSnapshot[]>;
  previewMove(move: PlanMove): Promise<ChangePreview>;
  /** Moves now and charges the difference; the old plan holds until it is paid. */
  moveNow(move: PlanMove, key: string): Promise<void>;
  /** Moves when the running period ends. */
  moveAtPeriodEnd(move: PlanMove, key: string): Promise<void>;
  cancelAtPeriodEnd(subscription: SubscriptionSnapshot, key: string): Promise<void>;
  /** Takes back a cancellation or a move that was planned. */
  keep(subscription: SubscriptionSnapshot, key: string): Promise<void>;
  /**
   * Ends it at once, or finds that it has ended. With `credits` the time left becomes credit of the customer: for one that
   * is paid, since the vendor credits what is owed as well.
   */
  cancelNow(subscriptionId: string, how: { credits: boolean }): Promise<void>;
  /** Newest first, at most 100. */
  listInvoices(page: {
    customerId: string;
    limit: number;
    after: string | null;
  }): Promise<{ invoices: PaidInvoice[]; more: boolean }>;
  /** Proves a delivery by its signature over the raw body; throws `billing.signature-refused`. */
  openEvent(body: Uint8Array, signature: string | null): Promise<VendorEvent>;
  /** The customer an event concerns, asked for where the delivery does not say; null when none. */
  customerOf(event: VendorEvent): Promise<string | null>;
}
