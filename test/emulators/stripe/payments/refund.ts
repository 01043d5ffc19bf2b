import type Stripe from 'stripe';
import { z } from 'zod';
import { invalid } from '../kernel/failure.ts';
import type { ChargeRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { int, listParams, mergeMetadata, metadata, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';

const Create = params({
  amount: int.optional(),
  charge: text.optional(),
  metadata: metadata.optional(),
  payment_intent: text.optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
});

/** Gives money back at once. The invoice stays paid, and the subscription as it is: refunds change neither. */
function createRefund(world: World, input: z.output<typeof Create>): Stripe.Refund {
  const charge = chargeOf(world, input);
  const left = charge.amount - charge.amount_refunded;
  const amount = input.amount ?? left;
  if (left === 0)
    throw invalid(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
  if (amount > left)
    throw invalid(`Refund amount ($${amount / 100}) is greater than unrefunded amount on charge.`, {
      param: 'amount',
    });
  const row = world.refunds.add({
    id: world.ids.next('re'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: world.time.now,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    metadata: mergeMetadata({}, input.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: input.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  } satisfies Stripe.Refund);
  world.emit('refund.created', row);
  world.change('charge.refunded', charge, () => {
    charge.amount_refunded += amount;
    charge.refunded = charge.amount_refunded === charge.amount;
  });
  return row;
}

/** The bank sends a refund back: the money is the merchant's again. */
export function failRefund(world: World, row: Stripe.Refund): void {
  if (row.status === 'failed') throw invalid(`Refund ${row.id} has failed already.`);
  const charge = world.charges.get(String(row.charge), 'charge');
  charge.amount_refunded -= row.amount;
  charge.refunded = false;
  world.change('refund.failed', row, () => {
    row.status = 'failed';
    row.failure_reason = 'expired_or_canceled_card';
  });
  world.emit('charge.refund.updated', row);
}

function chargeOf(world: World, input: z.output<typeof Create>): ChargeRow {
  const intent =
    input.payment_intent === undefined
      ? undefined
      : world.paymentIntents.get(input.payment_intent, 'payment_intent');
  const charge = world.charges.get(input.charge ?? intent?.latest_charge ?? '', 'charge');
  if (!charge.paid) throw invalid('This charge was not paid.', { code: 'charge_not_refundable' });
  return charge;
}

const noEvidence = {
  enhanced_evidence: {},
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
} satisfies Stripe.Dispute.Evidence;

/** The owner of the card disputes a charge at their bank. */
export function dispute(world: World, charge: ChargeRow): Stripe.Dispute {
  const row = world.disputes.add({
    id: world.ids.next('du'),
    object: 'dispute',
    amount: charge.amount,
    balance_transactions: [],
    charge: charge.id,
    created: world.time.now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence,
    evidence_details: {
      due_by: world.time.now + 7 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason: 'general',
    status: 'needs_response',
  } satisfies Stripe.Dispute);
  charge.disputed = true;
  world.emit('charge.dispute.created', row);
  return row;
}

/** The bank has decided. */
export function closeDispute(world: World, row: Stripe.Dispute, outcome: 'won' | 'lost'): void {
  world.change('charge.dispute.closed', row, () => {
    row.status = outcome;
  });
}

export const refundRoutes = [
  route('POST /v1/refunds', Create, createRefund),
  route(
    'GET /v1/refunds',
    listParams({ charge: text.optional(), payment_intent: text.optional() }),
    (world, input) =>
      page(
        '/v1/refunds',
        world.refunds.where(
          (row) =>
            row.charge === (input.charge ?? row.charge) &&
            row.payment_intent === (input.payment_intent ?? row.payment_intent),
        ),
        input,
      ),
  ),
  route('GET /v1/refunds/:id', params({}), (world, _, [id]) => world.refunds.get(id)),
  route('GET /v1/charges/:id', params({}), (world, _, [id]) => world.charges.get(id)),
  route('GET /v1/disputes/:id', params({}), (world, _, [id]) => world.disputes.get(id)),
];
