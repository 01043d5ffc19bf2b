import type Stripe from 'stripe';
import { z } from 'zod';
import { cardError, invalid } from '../kernel/failure.ts';
import type { PaymentMethodRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { int, listParams, mergeMetadata, metadata, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { type CardBehaviour, testCards } from './cards.ts';

/** Puts a card on a customer: a test card's id makes a new payment method, as Stripe's does. */
export function attach(world: World, id: string, customer: string): PaymentMethodRow {
  world.customers.get(customer, 'customer');
  const behaviour = testCards[id];
  const row = behaviour === undefined ? world.paymentMethods.get(id) : createCard(world, behaviour);
  if (row.customer !== null && row.customer !== customer)
    throw invalid('The payment method you provided has already been attached to a customer.');
  refuseDeclined(world, row.id);
  row.customer = customer;
  world.emit('payment_method.attached', row);
  return row;
}

/** Some cards are declined when they are put on a customer; then there is no customer either, if both come at once. */
export function refuseDeclined(world: World, id: string): void {
  const declined = (testCards[id] ?? world.cards.get(id))?.attaching;
  if (declined !== undefined) throw cardError(declined);
}

function createCard(world: World, behaviour: CardBehaviour): PaymentMethodRow {
  const row: PaymentMethodRow = {
    id: world.ids.next('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    card: cardOf(behaviour),
    created: world.time.now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  } satisfies Stripe.PaymentMethod;
  world.cards.set(row.id, behaviour);
  return world.paymentMethods.add(row);
}

function cardOf({ brand, last4 }: CardBehaviour): Stripe.PaymentMethod.Card {
  return {
    brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
    country: 'US',
    display_brand: brand,
    exp_month: 12,
    exp_year: 2034,
    fingerprint: `fp${last4}`,
    funding: 'credit',
    generated_from: null,
    last4,
    networks: { available: [brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
}

const Create = params({
  type: z.literal('card'),
  card: z.strictObject({
    token: text.optional(),
    number: text.optional(),
    exp_month: int.optional(),
    exp_year: int.optional(),
    cvc: text.optional(),
  }),
  metadata: metadata.optional(),
});

function createFromToken(world: World, input: z.output<typeof Create>): PaymentMethodRow {
  const behaviour = testCards[`pm_card_${input.card.token?.replace(/^tok_/, '') ?? 'visa'}`];
  if (behaviour === undefined)
    throw invalid(`No such token: '${input.card.token}'`, { code: 'resource_missing', param: 'card[token]' });
  const row = createCard(world, behaviour);
  row.metadata = mergeMetadata({}, input.metadata);
  return row;
}

function methodsOf(world: World, customer: string): PaymentMethodRow[] {
  return world.paymentMethods.where((row) => row.customer === customer);
}

const List = listParams({ customer: text.optional(), type: text.optional() });

export const methodRoutes = [
  route('POST /v1/payment_methods', Create, createFromToken),
  route('GET /v1/payment_methods', List, (world, input) =>
    page('/v1/payment_methods', methodsOf(world, input.customer ?? ''), input),
  ),
  route('GET /v1/customers/:id/payment_methods', List, (world, input, [id]) => {
    world.customers.get(id);
    return page(`/v1/customers/${id}/payment_methods`, methodsOf(world, id), input);
  }),
  route('GET /v1/payment_methods/:id', params({}), (world, _, [id]) => world.paymentMethods.get(id)),
  route('POST /v1/payment_methods/:id/attach', params({ customer: text }), (world, input, [id]) =>
    attach(world, id, input.customer),
  ),
  route('POST /v1/payment_methods/:id/detach', params({}), (world, _, [id]) =>
    detach(world, world.paymentMethods.get(id)),
  ),
];

/** Takes a card from its customer, and from all that would be paid with it. */
function detach(world: World, row: PaymentMethodRow): PaymentMethodRow {
  for (const customer of world.customers.where(
    (held) => held.invoice_settings.default_payment_method === row.id,
  ))
    world.change('customer.updated', customer, (held) => {
      held.invoice_settings.default_payment_method = null;
    });
  for (const subscription of world.subscriptions.where((held) => held.default_payment_method === row.id))
    world.change('customer.subscription.updated', subscription, (held) => {
      held.default_payment_method = null;
    });
  return world.change('payment_method.detached', row, (method) => {
    method.customer = null;
  });
}
