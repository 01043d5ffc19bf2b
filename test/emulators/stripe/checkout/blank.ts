import type Stripe from 'stripe';
import { sum } from '../invoices/totals.ts';
import type { SessionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { mergeMetadata } from '../wire/params.ts';
import type { SessionCreate } from './params.ts';

/** An open session, as the parameters of its making describe it. */
export function blankSession(
  world: World,
  input: SessionCreate,
  spec: { now: number; expiresAt: number; lines: readonly Stripe.LineItem[] },
): SessionRow {
  const id = world.ids.next('cs_test', 40);
  const trial = input.subscription_data?.trial_end ?? input.subscription_data?.trial_period_days;
  const total = trial === undefined ? sum(spec.lines.map((line) => line.amount_total)) : 0;
  return {
    id,
    object: 'checkout.session',
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: input.allow_promotion_codes ?? null,
    allowed_payment_method_types: null,
    amount_subtotal: total,
    amount_total: total,
    automatic_tax: {
      enabled: input.automatic_tax?.enabled ?? false,
      liability: null,
      provider: null,
      status: null,
    },
    billing_address_collection: input.billing_address_collection ?? null,
    cancel_url: input.cancel_url ?? null,
    client_reference_id: input.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: spec.now,
    currency: spec.lines[0]?.currency ?? 'usd',
    currency_conversion: null,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: input.customer ?? null,
    customer_account: null,
    customer_creation: input.customer_creation ?? (input.customer === undefined ? 'always' : null),
    customer_details: null,
    customer_email: input.customer_email ?? null,
    discounts: [],
    expires_at: spec.expiresAt,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: input.locale ?? null,
    managed_payments: null,
    metadata: mergeMetadata({}, input.metadata),
    mode: input.mode,
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: input.payment_method_collection ?? 'always',
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: input.payment_method_types ?? ['card'],
    payment_status: total === 0 ? 'no_payment_required' : 'unpaid',
    permissions: null,
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    success_url: input.success_url,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: `https://checkout.stripe.com/c/pay/${id}`,
    wallet_options: null,
  } satisfies Stripe.Checkout.Session;
}
