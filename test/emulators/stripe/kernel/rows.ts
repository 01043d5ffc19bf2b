import type Stripe from 'stripe';
import type { Json } from './json.ts';

// What the emulator keeps: the SDK's own types with links as ids. Each row therefore is what the SDK says Stripe sends.

export interface CustomerRow extends Stripe.Customer {
  invoice_settings: Stripe.Customer['invoice_settings'] & { default_payment_method: string | null };
  default_source: null;
  test_clock: string | null;
}

export interface ProductRow extends Stripe.Product {
  default_price: string | null;
}

export interface PriceRow extends Stripe.Price {
  product: string;
}

export interface PaymentMethodRow extends Stripe.PaymentMethod {
  customer: string | null;
}

export interface PaymentIntentRow extends Stripe.PaymentIntent {
  customer: string | null;
  latest_charge: string | null;
  payment_method: string | null;
}

export interface ChargeRow extends Stripe.Charge {
  customer: string | null;
  payment_intent: string | null;
}

export interface InvoicePaymentRow extends Stripe.InvoicePayment {
  invoice: string;
  payment: { type: 'payment_intent'; payment_intent: string };
}

export interface InvoiceRow extends Stripe.Invoice {
  customer: string;
  default_payment_method: string | null;
  discounts: string[];
  test_clock: string | null;
}

export interface InvoiceItemRow extends Stripe.InvoiceItem {
  customer: string;
  invoice: string | null;
  discounts: string[];
}

export interface SubscriptionItemRow extends Stripe.SubscriptionItem {
  price: PriceRow;
  quantity?: number;
  discounts: string[];
}

export interface SubscriptionRow extends Stripe.Subscription {
  customer: string;
  default_payment_method: string | null;
  discounts: string[];
  items: Stripe.ApiList<SubscriptionItemRow>;
  latest_invoice: string | null;
  pending_setup_intent: null;
  schedule: string | null;
  status: SubscriptionStatus;
  test_clock: string | null;
}

export type SubscriptionStatus =
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'unpaid'
  | 'paused'
  | 'canceled';

export interface SessionRow extends Stripe.Checkout.Session {
  customer: string | null;
  invoice: string | null;
  payment_intent: string | null;
  status: 'open' | 'complete' | 'expired';
  subscription: string | null;
}

export interface ScheduleRow extends Stripe.SubscriptionSchedule {
  customer: string;
  subscription: string | null;
  test_clock: string | null;
}

export interface DiscountRow extends Stripe.Discount {
  customer: string | null;
  promotion_code: string | null;
  source: { type: 'coupon'; coupon: string };
}

/** An event as it is kept: its object is a snapshot in the newest rendering. `type` may be one the SDK does not know. */
export interface EventRow
  extends Pick<Stripe.Event, 'id' | 'object' | 'created' | 'livemode' | 'pending_webhooks'> {
  account?: string;
  api_version: string;
  data: { object: Json; previous_attributes?: Json };
  request: Stripe.Event.Request | null;
  type: string;
}

export type MeterRow = Stripe.Billing.Meter;
export type EndpointRow = Stripe.WebhookEndpoint;
export type TestClockRow = Stripe.TestHelpers.TestClock;

/** A thin event: what happened and to what, but not how it is now. */
export interface ThinEventRow extends Stripe.V2.Core.EventBase {
  related_object?: { id: string; type: string; url: string };
  data?: unknown;
}

export type DestinationRow = Stripe.V2.Core.EventDestination;
