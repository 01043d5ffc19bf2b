import type Stripe from 'stripe';
import type { Recorded } from '../meters/usage.ts';
import type { CardBehaviour } from '../payments/cards.ts';
import { Collection } from './collection.ts';
import { Ids } from './ids.ts';
import { type Json, previousOf, toJson } from './json.ts';
import type * as rows from './rows.ts';
import { defaultSettings, type Settings } from './settings.ts';
import { Timeline } from './timeline.ts';

/** The request under work, which its events name. */
export interface RequestMark {
  readonly id: string;
  readonly idempotencyKey: string | null;
}

/** What one part of the account tells the others; the parts do not import each other in circles. */
export interface Hooks {
  invoicePaid: ((invoice: rows.InvoiceRow) => void)[];
  invoiceFailed: ((invoice: rows.InvoiceRow) => void)[];
  invoiceVoided: ((invoice: rows.InvoiceRow) => void)[];
  eventMade: ((event: rows.EventRow) => void)[];
  thinEventMade: ((event: rows.ThinEventRow) => void)[];
  /** Something of a subscription is due now. */
  subscriptionDue: ((subscription: rows.SubscriptionRow) => void)[];
  subscriptionChanged: ((subscription: rows.SubscriptionRow) => void)[];
  /** An intent succeeded, was declined, or waits for the card's owner. */
  intentSettled: ((intent: rows.PaymentIntentRow) => void)[];
}

/** One Stripe account in test mode: everything it holds, and its time. */
export class World {
  readonly settings: Settings;
  readonly ids: Ids;
  /** The time of all that is on no test clock. */
  readonly time: Timeline;
  readonly clocks = new Map<string, Timeline>();
  readonly hooks: Hooks = {
    invoicePaid: [],
    invoiceFailed: [],
    invoiceVoided: [],
    eventMade: [],
    thinEventMade: [],
    subscriptionDue: [],
    subscriptionChanged: [],
    intentSettled: [],
  };
  /** How each card behaves that a customer holds, by the id of its payment method. */
  readonly cards = new Map<string, CardBehaviour>();
  /** The signing secrets of each webhook endpoint; two while one is being rolled. */
  readonly secrets = new Map<string, readonly string[]>();
  /** What each checkout session sells. */
  readonly sessionLines = new Map<string, Stripe.LineItem[]>();
  /** Updates that wait for the payment of an invoice, by the id of the subscription. */
  readonly heldUpdates = new Map<string, { next: rows.SubscriptionRow; invoice: string }>();
  /** What a metered price counted for a customer in a period. */
  usageOf: (price: rows.PriceRow, customer: string, period: { start: number; end: number }) => number = () =>
    0;
  request: RequestMark | null = null;

  readonly customers = new Collection<rows.CustomerRow>('customer');
  readonly products = new Collection<rows.ProductRow>('product');
  readonly prices = new Collection<rows.PriceRow>('price');
  readonly paymentMethods = new Collection<rows.PaymentMethodRow>('PaymentMethod');
  readonly paymentIntents = new Collection<rows.PaymentIntentRow>('payment_intent');
  readonly charges = new Collection<rows.ChargeRow>('charge');
  readonly invoices = new Collection<rows.InvoiceRow>('invoice');
  readonly invoicePayments = new Collection<rows.InvoicePaymentRow>('invoice_payment');
  readonly invoiceItems = new Collection<rows.InvoiceItemRow>('invoiceitem');
  readonly subscriptions = new Collection<rows.SubscriptionRow>('subscription');
  readonly sessions = new Collection<rows.SessionRow>('checkout.session');
  readonly events = new Collection<rows.EventRow>('event');
  /** What is left of deleted customers: Stripe still answers for their ids. */
  readonly deleted = new Collection<Stripe.DeletedCustomer>('customer');
  readonly thinEvents = new Collection<rows.ThinEventRow>('event');
  readonly destinations = new Collection<rows.DestinationRow>('event destination');
  readonly endpoints = new Collection<rows.EndpointRow>('webhook endpoint');

  readonly coupons = new Collection<Stripe.Coupon>('coupon');
  readonly deletedCoupons = new Collection<Stripe.Coupon>('coupon');
  readonly promotionCodes = new Collection<Stripe.PromotionCode>('promotion code');
  readonly discounts = new Collection<rows.DiscountRow>('discount');
  readonly schedules = new Collection<rows.ScheduleRow>('subscription schedule');
  readonly meters = new Collection<rows.MeterRow>('meter');
  readonly recorded: Recorded[] = [];
  readonly features = new Collection<Stripe.Entitlements.Feature>('feature');
  /** The features of each product. */
  readonly productFeatures = new Map<string, Stripe.ProductFeature[]>();
  /** The lookup keys that the last summary of a customer told. */
  readonly toldEntitlements = new Map<string, readonly string[]>();
  /** The end of the trial that each subscription was last told of. */
  readonly toldTrials = new Map<string, number>();
  readonly refunds = new Collection<Stripe.Refund>('refund');
  readonly disputes = new Collection<Stripe.Dispute>('dispute');
  readonly portalConfigurations = new Collection<Stripe.BillingPortal.Configuration>(
    'billing portal configuration',
  );
  readonly portalSessions = new Collection<Stripe.BillingPortal.Session>('billing portal session');
  readonly testClocks = new Collection<rows.TestClockRow>('test clock');
  readonly #background = new Set<Promise<void>>();

  constructor(options: { seed?: number; startAt?: Date; settings?: Partial<Settings> } = {}) {
    this.settings = { ...defaultSettings, ...options.settings };
    this.ids = new Ids(options.seed ?? 1);
    this.time = new Timeline((options.startAt ?? new Date('2026-11-01T00:00:00Z')).getTime() / 1000);
  }

  /** Starts what Stripe does after it has answered. */
  background(work: () => Promise<void>): void {
    const running = new Promise<void>((resolve) => setImmediate(resolve))
      .then(work)
      .finally(() => this.#background.delete(running));
    this.#background.add(running);
  }

  /** Resolves when nothing started by `background` is still under way; throws what it threw. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
  }

  /** Any object by its id, for `expand`. */
  lookup(id: string): object | undefined {
    const { customers, products, prices, paymentMethods, paymentIntents, charges } = this;
    const { invoices, invoicePayments, invoiceItems, subscriptions, sessions } = this;
    const {
      coupons,
      schedules,
      meters,
      features,
      refunds,
      disputes,
      deletedCoupons,
      promotionCodes,
      discounts,
    } = this;
    const kinds = [customers, products, prices, paymentMethods, paymentIntents, charges];
    const more = [invoices, invoicePayments, invoiceItems, subscriptions, sessions, this.deleted];
    const rest = [
      schedules,
      meters,
      features,
      refunds,
      disputes,
      coupons,
      deletedCoupons,
      promotionCodes,
      discounts,
    ];
    for (const kind of [...kinds, ...more, ...rest]) {
      const row = kind.find(id);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** The time an object lives in: that of its test clock, or of the account. */
  timeOf(row: { test_clock?: unknown }): Timeline {
    const clock = typeof row.test_clock === 'string' ? this.clocks.get(row.test_clock) : undefined;
    return clock ?? this.time;
  }

  /** Records an event whose object is a snapshot of `object` as it is now. */
  emit(type: string, object: object, previous?: Json): rows.EventRow {
    return this.#tell(type, this.timeOf(object).now, { object: toJson(object), previous });
  }

  #tell(type: string, created: number, { object, previous }: { object: Json; previous?: Json | undefined }) {
    const event: rows.EventRow = {
      id: this.ids.next('evt'),
      object: 'event',
      api_version: this.settings.apiVersion,
      created,
      data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
      livemode: false,
      pending_webhooks: 0,
      request: { id: this.request?.id ?? null, idempotency_key: this.request?.idempotencyKey ?? null },
      type,
    };
    this.events.add(event);
    for (const listen of this.hooks.eventMade) listen(event);
    return event;
  }

  /** Changes an object and records one `type` event with the old values, if anything has changed. */
  change<T extends object>(type: string, row: T, mutate: (row: T) => void): T {
    const before = toJson(row);
    mutate(row);
    const object = toJson(row);
    const previous = previousOf(before, object);
    if (Object.keys(previous).length > 0) this.#tell(type, this.timeOf(row).now, { object, previous });
    return row;
  }
}
