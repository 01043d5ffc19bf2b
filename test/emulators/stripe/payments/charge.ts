import type Stripe from 'stripe';
import type { ChargeRow, PaymentIntentRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import type { Decline } from './cards.ts';

/** One attempt to take the money, taken or refused. */
export function chargeFor(world: World, intent: PaymentIntentRow, declined: Decline | null): ChargeRow {
  const row: ChargeRow = {
    id: world.ids.next('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: declined === null ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: null,
    captured: declined === null,
    created: world.timeOf(customerOf(world, intent)).now,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: declined?.code ?? null,
    failure_message: declined?.message ?? null,
    fraud_details: null,
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: null,
    paid: declined === null,
    payment_intent: intent.id,
    payment_method: intent.payment_method,
    payment_method_details: null,
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: declined === null ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: null,
  } satisfies Stripe.Charge;
  world.charges.add(row);
  world.emit(declined === null ? 'charge.succeeded' : 'charge.failed', row);
  return row;
}

/** The customer whose test clock, if any, gives the time of a payment. */
export function customerOf(world: World, intent: PaymentIntentRow): { test_clock?: unknown } {
  return (intent.customer === null ? undefined : world.customers.find(intent.customer)) ?? {};
}
