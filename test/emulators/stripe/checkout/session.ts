import type Stripe from 'stripe';
import { createPrice } from '../catalog/price.ts';
import { createProduct } from '../catalog/product.ts';
import { invalid } from '../kernel/failure.ts';
import { amountFor } from '../kernel/money.ts';
import type { PriceRow, SessionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { listParams, mergeMetadata, metadata, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { blankSession } from './blank.ts';
import { CreateSession, type SessionCreate } from './params.ts';

const daySeconds = 86_400;
const soonestSeconds = 1_800;

/** What each session was made with; its subscription is made from it later. */
export const termsOf = new WeakMap<SessionRow, SessionCreate>();

/** Opens a page on which a person may buy; nothing is sold until they do (`person.completeCheckout`). */
export function createSession(world: World, input: SessionCreate): SessionRow {
  const customer = input.customer === undefined ? null : world.customers.get(input.customer, 'customer');
  const time = world.timeOf(customer ?? {});
  const lines = linesOf(world, input);
  if (input.customer !== undefined && input.customer_email !== undefined)
    throw invalid('You may only specify one of these parameters: customer, customer_email.');
  const row = blankSession(world, input, { now: time.now, expiresAt: expiryOf(input, time.now), lines });
  world.sessions.add(row);
  world.sessionLines.set(row.id, lines);
  termsOf.set(row, input);
  time.set(`session:${row.id}`, row.expires_at, () => expire(world, row));
  return row;
}

function expiryOf(input: SessionCreate, now: number): number {
  const at = input.expires_at ?? now + daySeconds;
  if (at >= now + soonestSeconds && at <= now + daySeconds) return at;
  throw invalid(
    'The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.',
    {
      param: 'expires_at',
    },
  );
}

function linesOf(world: World, input: SessionCreate): Stripe.LineItem[] {
  return input.line_items.map((line, index) => {
    const price = priceOf(world, line, index);
    if (input.mode === 'payment' && price.type === 'recurring')
      throw invalid(
        'You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.',
      );
    const metered = price.recurring?.usage_type === 'metered';
    const quantity = metered ? null : (line.quantity ?? 1);
    const amount = quantity === null ? 0 : amountFor(price, quantity);
    return {
      id: world.ids.next('li'),
      object: 'item',
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: amount,
      amount_tax: 0,
      amount_total: amount,
      currency: price.currency,
      description: world.products.find(price.product)?.name ?? null,
      metadata: {},
      price,
      quantity,
    } satisfies Stripe.LineItem;
  });
}

function priceOf(world: World, line: SessionCreate['line_items'][number], index: number): PriceRow {
  if (line.price_data !== undefined) {
    const { product_data, product, ...terms } = line.price_data;
    if (product === undefined && product_data === undefined)
      throw invalid('You must specify either `product` or `product_data` when creating a price.');
    const owner = product ?? createProduct(world, product_data ?? { name: '' }).id;
    return createPrice(world, { ...terms, product: owner });
  }
  const param = `line_items[${index}][price]`;
  if (line.price === undefined) throw invalid(`Missing required param: ${param}.`, { param });
  const price = world.prices.get(line.price, param);
  if (!price.active)
    throw invalid('The price specified is inactive. This field only accepts active prices.', { param });
  return price;
}

/** Nobody bought: by time, or because the seller closed the page. */
export function expire(world: World, row: SessionRow): void {
  if (row.status !== 'open')
    throw invalid(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of "${row.status}".`,
    );
  row.status = 'expired';
  row.url = null;
  world.timeOf(world.customers.find(row.customer ?? '') ?? {}).set(`session:${row.id}`, null, () => {});
  world.emit('checkout.session.expired', row);
}

const List = listParams({
  customer: text.optional(),
  payment_intent: text.optional(),
  status: text.optional(),
  subscription: text.optional(),
});

export const sessionRoutes = [
  route('POST /v1/checkout/sessions', CreateSession, createSession),
  route('GET /v1/checkout/sessions', List, (world, input) =>
    page(
      '/v1/checkout/sessions',
      world.sessions.where(
        (row) =>
          row.customer === (input.customer ?? row.customer) &&
          row.status === (input.status ?? row.status) &&
          row.subscription === (input.subscription ?? row.subscription),
      ),
      input,
    ),
  ),
  route('GET /v1/checkout/sessions/:id', params({}), (world, _, [id]) => world.sessions.get(id)),
  route('POST /v1/checkout/sessions/:id', params({ metadata: metadata.optional() }), (world, input, [id]) => {
    const row = world.sessions.get(id);
    row.metadata = mergeMetadata(row.metadata, input.metadata);
    return row;
  }),
  route('POST /v1/checkout/sessions/:id/expire', params({}), (world, _, [id]) => {
    const row = world.sessions.get(id);
    expire(world, row);
    return row;
  }),
  route('GET /v1/checkout/sessions/:id/line_items', listParams({}), (world, input, [id]) => {
    world.sessions.get(id);
    return page(
      `/v1/checkout/sessions/${id}/line_items`,
      (world.sessionLines.get(id) ?? []).toReversed(),
      input,
    );
  }),
];
