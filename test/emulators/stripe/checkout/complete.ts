import { createCustomer } from '../customers/customer.ts';
import { intentOf } from '../invoices/settle.ts';
import { invalid } from '../kernel/failure.ts';
import type { CustomerRow, SessionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { testCards } from '../payments/cards.ts';
import {
  beginProcessing,
  confirmIntent,
  createIntent,
  finishAction,
  finishProcessing,
} from '../payments/intent.ts';
import { attach } from '../payments/method.ts';
import { createSubscription } from '../subscriptions/create.ts';
import type { SessionCreate } from './params.ts';
import { termsOf } from './session.ts';

export interface Buying {
  /** One of Stripe's test cards; `pm_card_visa` unless told. */
  readonly card?: string;
  /** What the person types where the session does not know them yet. */
  readonly email?: string;
  /** Whether they pass the bank's question, if it asks one. */
  readonly consents?: boolean;
  /** The money comes days after the page, as of a bank debit (`arrive`); of pages that sell something once. */
  readonly later?: boolean;
}

export type Bought =
  | { readonly status: 'complete'; readonly redirect: string }
  | { readonly status: 'open'; readonly error: string };

/** A person fills in the page and pays. A refused card leaves the page open, and nothing sold. */
export function complete(world: World, row: SessionRow, buying: Buying = {}): Bought {
  if (row.status !== 'open') throw invalid(`This Checkout Session is ${row.status}.`);
  const { card = 'pm_card_visa', consents = true, later = false } = buying;
  if (later && row.mode !== 'payment')
    throw invalid('The emulator has no subscriptions that are paid later.');
  const behaviour = testCards[card];
  if (behaviour === undefined) throw invalid(`No such test card: '${card}'`);
  const refusal =
    behaviour.attaching ?? (typeof behaviour.charge === 'object' ? behaviour.charge : undefined);
  if (refusal !== undefined && row.amount_total !== 0) return { status: 'open', error: refusal.message };
  if (behaviour.charge === 'needs-action' && !consents)
    return { status: 'open', error: 'We are unable to authenticate your payment method.' };
  const customer = buyerOf(world, row, buying);
  sell(world, row, { customer, method: attach(world, card, customer.id).id, later });
  row.status = 'complete';
  row.payment_status = row.amount_total === 0 ? 'no_payment_required' : later ? 'unpaid' : 'paid';
  row.url = null;
  world.timeOf(customer).set(`session:${row.id}`, null, () => {});
  world.emit('checkout.session.completed', row);
  return {
    status: 'complete',
    redirect: (row.success_url ?? '').replaceAll('{CHECKOUT_SESSION_ID}', row.id),
  };
}

/** The money of a page that is paid later comes, or does not. */
export function arrive(world: World, row: SessionRow, succeeds: boolean): void {
  if (row.status !== 'complete' || row.payment_status !== 'unpaid' || row.payment_intent === null)
    throw invalid('No payment of this Checkout Session is under way.');
  finishProcessing(world, world.paymentIntents.get(row.payment_intent), succeeds);
  if (succeeds) row.payment_status = 'paid';
  world.emit(`checkout.session.async_payment_${succeeds ? 'succeeded' : 'failed'}`, row);
}

function buyerOf(world: World, row: SessionRow, { email }: Buying): CustomerRow {
  const typed = email ?? row.customer_email ?? undefined;
  const customer =
    row.customer === null
      ? createCustomer(world, { email: typed })
      : world.customers.get(row.customer, 'customer');
  row.customer = customer.id;
  row.customer_details = {
    address: null,
    business_name: null,
    email: typed ?? customer.email,
    individual_name: null,
    name: customer.name ?? null,
    phone: null,
    tax_exempt: 'none',
    tax_ids: [],
  };
  return customer;
}

function sell(
  world: World,
  row: SessionRow,
  { customer, method, later }: { customer: CustomerRow; method: string; later: boolean },
): void {
  const input = termsOf.get(row);
  if (row.mode === 'subscription') {
    const made = createSubscription(world, subscriptionInput(world, row, { customer, method, input }));
    const invoice = made.latest_invoice === null ? undefined : world.invoices.find(made.latest_invoice);
    const intent = invoice && intentOf(world, invoice);
    if (intent?.status === 'requires_action') finishAction(world, intent, true);
    row.subscription = made.id;
    row.invoice = made.latest_invoice;
    return;
  }
  const intent = createIntent(world, {
    amount: row.amount_total ?? 0,
    currency: row.currency ?? 'usd',
    customer: customer.id,
    description: input?.payment_intent_data?.description ?? '',
  });
  intent.metadata = { ...(input?.payment_intent_data?.metadata || {}) };
  row.payment_intent = intent.id;
  if (later) beginProcessing(world, intent, method);
  else confirmIntent(world, intent, { method, offSession: false });
  if (intent.status === 'requires_action') finishAction(world, intent, true);
}

function subscriptionInput(
  world: World,
  row: SessionRow,
  buyer: { customer: CustomerRow; method: string; input: SessionCreate | undefined },
) {
  const { discounts, subscription_data: data } = buyer.input ?? {};
  const items = (world.sessionLines.get(row.id) ?? []).map(({ price, quantity }) => ({
    price: price?.id ?? '',
    ...(quantity === null ? {} : { quantity }),
  }));
  return {
    customer: buyer.customer.id,
    default_payment_method: buyer.method,
    items,
    ...(discounts === undefined ? {} : { discounts }),
    ...data,
  };
}
