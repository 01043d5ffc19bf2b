import type Stripe from 'stripe';
import { Failure } from '../../../core/failure.ts';
import { type AddOn, addOns } from '../../../core/plans.ts';
import type { CheckoutOrder, CheckoutState, OpenedCheckout, Purchase } from '../port.ts';
import { calling } from './call.ts';
import type { Moving } from './moves.ts';
import type { PriceList } from './price-list.ts';
import { ourMetadata } from './snapshot.ts';

const addOnMetadata = { meter: 'add_on_meter', quantity: 'add_on_quantity' } as const;

/** Opens a page that sells one plan or one pack to one customer; the checkout's id makes it one page however often asked. */
export async function openCheckout(
  { stripe, prices }: Moving,
  order: CheckoutOrder,
): Promise<OpenedCheckout> {
  const session = await calling(() =>
    stripe.checkout.sessions.create(sessionParams(prices, order), { idempotencyKey: order.checkoutId }),
  );
  if (session.url === null) throw new Failure('billing.vendor-refused');
  return { sessionId: session.id, url: session.url };
}

function sessionParams(prices: PriceList, order: CheckoutOrder): Stripe.Checkout.SessionCreateParams {
  const metadata = {
    [ourMetadata.orgId]: order.orgId,
    [ourMetadata.checkoutId]: order.checkoutId,
  };
  return {
    customer: order.customerId,
    client_reference_id: order.orgId,
    success_url: order.successUrl,
    cancel_url: order.cancelUrl,
    metadata,
    ...(order.purchase.kind === 'plan'
      ? planParams(prices, order.purchase, metadata)
      : addOnParams(order.purchase, metadata)),
  };
}

function planParams(
  prices: PriceList,
  plan: Extract<Purchase, { kind: 'plan' }>,
  metadata: Record<string, string>,
): Stripe.Checkout.SessionCreateParams {
  const price = prices.forSale(plan);
  if (price === null) throw new Failure('billing.not-configured');
  return {
    mode: 'subscription',
    line_items: [{ price, quantity: 1 }],
    subscription_data: { metadata },
  };
}

function addOnParams(
  { meter, quantity }: Extract<Purchase, { kind: 'add-on' }>,
  metadata: Record<string, string>,
): Stripe.Checkout.SessionCreateParams {
  if (!Object.hasOwn(addOns, meter)) throw new Failure('billing.vendor-refused');
  const { unitCents, name } = addOns[meter as AddOn];
  return {
    mode: 'payment',
    line_items: [
      { price_data: { currency: 'usd', unit_amount: unitCents, product_data: { name } }, quantity },
    ],
    metadata: { ...metadata, [addOnMetadata.meter]: meter, [addOnMetadata.quantity]: String(quantity) },
  };
}

const statuses = ['open', 'complete', 'expired'] as const;

/** A page as Stripe has it. */
export function toCheckoutState(session: Stripe.Checkout.Session): CheckoutState {
  const meter = session.metadata?.[addOnMetadata.meter];
  const quantity = Number(session.metadata?.[addOnMetadata.quantity]);
  const { customer } = session;
  return {
    sessionId: session.id,
    status: statuses.find((status) => status === session.status) ?? 'open',
    paid: session.payment_status !== 'unpaid',
    customerId: typeof customer === 'string' ? customer : (customer?.id ?? null),
    addOn: meter !== undefined && Number.isInteger(quantity) ? { meter, quantity } : null,
  };
}

export async function readCheckout({ stripe }: Moving, sessionId: string): Promise<CheckoutState> {
  return toCheckoutState(await calling(() => stripe.checkout.sessions.retrieve(sessionId)));
}

/** Closes a page; one that was completed in this moment stays complete. */
export async function expireCheckout(moving: Moving, sessionId: string): Promise<CheckoutState> {
  const before = await readCheckout(moving, sessionId);
  if (before.status !== 'open') return before;
  try {
    return toCheckoutState(await calling(() => moving.stripe.checkout.sessions.expire(sessionId)));
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'billing.vendor-refused') throw error;
    return readCheckout(moving, sessionId);
  }
}
