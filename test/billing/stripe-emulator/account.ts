import type Stripe from 'stripe';
import { StripeEmulator, type StripeEmulatorOptions } from '../../emulators/stripe/emulator.ts';

/** An emulated account with a small catalogue, and the official SDK on it. */
export interface TestAccount {
  readonly emulator: StripeEmulator;
  readonly stripe: Stripe;
  /** USD 97, 197 and 297 a month, and 1,970 a year for the middle one. */
  readonly prices: { small: string; middle: string; large: string; middleYearly: string };
}

export const day = 86_400;

export async function testAccount(options: StripeEmulatorOptions = {}): Promise<TestAccount> {
  const emulator = new StripeEmulator(options);
  const stripe = emulator.client();
  const [small, middle, large] = await Promise.all([
    priceOf(stripe, 'Explorer', 9_700),
    priceOf(stripe, 'Professional', 19_700),
    priceOf(stripe, 'Business', 29_700),
  ]);
  const yearly = await stripe.prices.create({
    product: String(middle.product),
    currency: 'usd',
    unit_amount: 197_000,
    recurring: { interval: 'year' },
  });
  return {
    emulator,
    stripe,
    prices: { small: small.id, middle: middle.id, large: large.id, middleYearly: yearly.id },
  };
}

async function priceOf(stripe: Stripe, name: string, cents: number): Promise<Stripe.Price> {
  const product = await stripe.products.create({ name });
  return stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: cents,
    recurring: { interval: 'month' },
  });
}

/** A customer with a card of the test cards as their default. */
export async function customerWith({ stripe }: TestAccount, card = 'pm_card_visa'): Promise<Stripe.Customer> {
  const customer = await stripe.customers.create({ metadata: { organisation: 'org_1' } });
  const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
  return stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
}

/** A subscription to one price, for a customer of its own. */
export async function subscribed(
  account: TestAccount,
  params: Partial<Stripe.SubscriptionCreateParams> & { price?: string; card?: string } = {},
): Promise<Stripe.Subscription> {
  const { price = account.prices.middle, card, ...rest } = params;
  const customer = await customerWith(account, card);
  return account.stripe.subscriptions.create({ customer: customer.id, items: [{ price }], ...rest });
}

export function itemOf(subscription: Stripe.Subscription): Stripe.SubscriptionItem {
  const [item] = subscription.items.data;
  if (item === undefined) throw new Error(`${subscription.id} has no item`);
  return item;
}

/** The newest invoice of a subscription, whole. */
export async function latestInvoice(stripe: Stripe, subscription: string): Promise<Stripe.Invoice> {
  const { latest_invoice: invoice } = await stripe.subscriptions.retrieve(subscription, {
    expand: ['latest_invoice'],
  });
  if (invoice === null || typeof invoice === 'string') throw new Error(`${subscription} has no invoice`);
  return invoice;
}

/** The types of all events so far, oldest first. */
export async function eventTypes({ stripe }: TestAccount): Promise<string[]> {
  const types: string[] = [];
  for await (const event of stripe.events.list({ limit: 100 })) types.unshift(event.type);
  return types;
}
