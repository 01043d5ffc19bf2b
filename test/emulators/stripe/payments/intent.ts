import type Stripe from 'stripe';
import { cardError, invalid } from '../kernel/failure.ts';
import type { PaymentIntentRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { bool, listParams, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { authenticationRequired, type Decline } from './cards.ts';
import { chargeFor, customerOf } from './charge.ts';

/** Makes the intent of a payment; nothing is charged until it is confirmed. */
export function createIntent(
  world: World,
  spec: { amount: number; currency: string; customer: string; description: string },
): PaymentIntentRow {
  const id = world.ids.next('pi');
  const row: PaymentIntentRow = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: spec.amount,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `${id}_secret_${world.ids.text(24)}`,
    confirmation_method: 'automatic',
    created: world.timeOf(world.customers.find(spec.customer) ?? {}).now,
    currency: spec.currency,
    customer: spec.customer,
    customer_account: null,
    description: spec.description,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: 'off_session',
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_group: null,
  } satisfies Stripe.PaymentIntent;
  world.paymentIntents.add(row);
  world.emit('payment_intent.created', row);
  return row;
}

/** Tries to take the money with a card. While the owner is away, a card that needs consent is declined. */
export function confirmIntent(
  world: World,
  intent: PaymentIntentRow,
  { method, offSession }: { method: string; offSession: boolean },
): void {
  if (intent.status === 'succeeded' || intent.status === 'canceled') throw unexpectedState(intent);
  const behaviour =
    world.cards.get(world.paymentMethods.get(method, 'payment_method').id)?.charge ?? 'succeeds';
  intent.payment_method = method;
  if (behaviour === 'succeeds') succeed(world, intent);
  else if (behaviour === 'needs-action' && !offSession) askForAction(world, intent);
  else decline(world, intent, behaviour === 'needs-action' ? authenticationRequired : behaviour);
}

/** The owner of the card has consented, or has not. */
export function finishAction(world: World, intent: PaymentIntentRow, consents: boolean): void {
  if (intent.status !== 'requires_action') throw unexpectedState(intent);
  const message = 'We are unable to authenticate your payment method.';
  if (consents) succeed(world, intent);
  else decline(world, intent, { code: 'payment_intent_authentication_failure', message });
}

/** The money is on its way, as of a bank debit. */
export function beginProcessing(world: World, intent: PaymentIntentRow, method: string): void {
  intent.payment_method = method;
  intent.status = 'processing';
  world.emit('payment_intent.processing', intent);
}

/** It has come, or was refused. */
export function finishProcessing(world: World, intent: PaymentIntentRow, succeeds: boolean): void {
  if (intent.status !== 'processing') throw unexpectedState(intent);
  if (succeeds) succeed(world, intent);
  else decline(world, intent, { code: 'insufficient_funds', message: 'The bank refused the debit.' });
}

/** An intent that will not be paid any more. */
export function cancelIntent(world: World, intent: PaymentIntentRow): void {
  if (intent.status === 'succeeded' || intent.status === 'canceled') return;
  intent.status = 'canceled';
  intent.next_action = null;
  intent.canceled_at = world.timeOf(customerOf(world, intent)).now;
  world.emit('payment_intent.canceled', intent);
}

function succeed(world: World, intent: PaymentIntentRow): void {
  intent.status = 'succeeded';
  intent.amount_received = intent.amount;
  intent.next_action = null;
  intent.last_payment_error = null;
  intent.latest_charge = chargeFor(world, intent, null).id;
  world.emit('payment_intent.succeeded', intent);
  for (const told of world.hooks.intentSettled) told(intent);
}

function askForAction(world: World, intent: PaymentIntentRow): void {
  intent.status = 'requires_action';
  intent.next_action = { type: 'use_stripe_sdk', use_stripe_sdk: {} };
  world.emit('payment_intent.requires_action', intent);
  for (const told of world.hooks.intentSettled) told(intent);
}

function decline(world: World, intent: PaymentIntentRow, declined: Decline): void {
  const charge = chargeFor(world, intent, declined);
  intent.status = 'requires_payment_method';
  intent.next_action = null;
  intent.latest_charge = charge.id;
  intent.last_payment_error = {
    type: 'card_error',
    code: declined.code,
    ...(declined.declineCode === undefined ? {} : { decline_code: declined.declineCode }),
    message: declined.message,
    charge: charge.id,
  };
  world.emit('payment_intent.payment_failed', intent);
  for (const told of world.hooks.intentSettled) told(intent);
}

function unexpectedState(intent: PaymentIntentRow) {
  return invalid(`You cannot confirm this PaymentIntent because it has a status of ${intent.status}.`, {
    code: 'payment_intent_unexpected_state',
  });
}

const Confirm = params({
  payment_method: text.optional(),
  off_session: bool.optional(),
  return_url: text.optional(),
});

export const intentRoutes = [
  route('GET /v1/payment_intents', listParams({ customer: text.optional() }), (world, input) =>
    page(
      '/v1/payment_intents',
      world.paymentIntents.where((row) => row.customer === (input.customer ?? row.customer)),
      input,
    ),
  ),
  route('GET /v1/payment_intents/:id', params({}), (world, _, [id]) => world.paymentIntents.get(id)),
  route('POST /v1/payment_intents/:id/confirm', Confirm, (world, input, [id]) => {
    const intent = world.paymentIntents.get(id);
    const method = input.payment_method ?? intent.payment_method;
    if (method === null)
      throw invalid('You cannot confirm this PaymentIntent because it is missing a payment method.');
    confirmIntent(world, intent, { method, offSession: input.off_session ?? false });
    const error = intent.last_payment_error;
    if (error !== null && intent.status === 'requires_payment_method')
      throw cardError(
        { code: error.code ?? 'card_declined', message: error.message ?? '' },
        { payment_intent: intent },
      );
    return intent;
  }),
];
