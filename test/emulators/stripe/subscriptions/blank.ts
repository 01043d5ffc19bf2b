import type Stripe from 'stripe';
import type { SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { wholeList } from '../wire/page.ts';
import { mergeMetadata } from '../wire/params.ts';
import type { SubscriptionCreate } from './params.ts';

/** A subscription without items, as the parameters of its making describe it. */
export function blankSubscription(
  world: World,
  input: SubscriptionCreate,
  spec: { now: number; start: number; anchor: number; currency: string },
): SubscriptionRow {
  const id = world.ids.next('sub');
  const customer = world.customers.get(input.customer, 'customer');
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: spec.anchor,
    billing_cycle_anchor_config: null,
    billing_mode: billingModeOf(input),
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: input.collection_method ?? 'charge_automatically',
    created: spec.now,
    currency: spec.currency,
    customer: customer.id,
    customer_account: null,
    days_until_due: input.days_until_due ?? null,
    default_payment_method:
      input.default_payment_method === undefined
        ? null
        : world.paymentMethods.get(input.default_payment_method, 'default_payment_method').id,
    default_source: null,
    default_tax_rates: [],
    description: input.description || null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: wholeList(`/v1/subscription_items?subscription=${id}`, []),
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, input.metadata),
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: input.payment_settings?.payment_method_types ?? null,
      save_default_payment_method: input.payment_settings?.save_default_payment_method ?? 'off',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: spec.start,
    status: 'incomplete',
    test_clock: customer.test_clock,
    transfer_data: null,
    trial_end: null,
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: null,
        missing_payment_method: input.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
      },
    },
    trial_start: null,
  } satisfies Stripe.Subscription;
}

/** Flexible unless asked otherwise, as API versions since 2025-09-30 have it. */
function billingModeOf({ billing_mode: mode }: SubscriptionCreate): Stripe.Subscription.BillingMode {
  if (mode?.type === 'classic') return { type: 'classic', flexible: null };
  return {
    type: 'flexible',
    flexible: { proration_discounts: mode?.flexible?.proration_discounts ?? 'included' },
  };
}
