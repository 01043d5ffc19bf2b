import { setTimeout as sleep } from 'node:timers/promises';
import type Stripe from 'stripe';

/** A Stripe account to play on: the emulator's, or one of Stripe's test mode. What differs between them stands here. */
export interface Stage {
  readonly stripe: Stripe;
  /** Names this run, so that objects of several runs on one account keep apart. */
  readonly run: string;
  /** Waits until meter events that were taken are counted. */
  metersCount(): Promise<void>;
  /** How long to wait between two looks at something that takes Stripe a while. */
  readonly lookEveryMs: number;
}

/** One history, told by API calls alone, with what must hold in it. */
export interface Scenario {
  readonly name: string;
  play(stage: Stage): Promise<void>;
}

export const day = 86_400;
const longestWaitMs = 120_000;

/** A customer with a card, living on a clock of their own that begins at an instant. */
export async function clockedCustomer(
  { stripe, run }: Stage,
  start: number,
  card = 'pm_card_visa',
): Promise<{ clock: string; customer: string }> {
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: start, name: run });
  const customer = await stripe.customers.create({ test_clock: clock.id, metadata: { run } });
  await useCard(stripe, customer.id, card);
  return { clock: clock.id, customer: customer.id };
}

/** From now on the customer's payments are declined: their default becomes a card that can be attached but not charged. */
export async function declineFromNow({ stripe }: Stage, customer: string): Promise<void> {
  await useCard(stripe, customer, 'pm_card_chargeCustomerFail');
}

/** From now on the customer's payments go through. */
export async function payFromNow({ stripe }: Stage, customer: string): Promise<void> {
  await useCard(stripe, customer, 'pm_card_visa');
}

async function useCard(stripe: Stripe, customer: string, card: string): Promise<void> {
  const method = await stripe.paymentMethods.attach(card, { customer });
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } });
}

/** Moves a clock and waits until all that was due has happened. */
export async function advance(stage: Stage, clock: string, to: number): Promise<void> {
  await stage.stripe.testHelpers.testClocks.advance(clock, { frozen_time: to });
  await until(
    stage,
    async () => (await stage.stripe.testHelpers.testClocks.retrieve(clock)).status === 'ready',
  );
}

/** Looks again and again until something holds; fails after two minutes. */
export async function until(stage: Stage, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + longestWaitMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it did not come about in two minutes');
    await sleep(stage.lookEveryMs);
  }
}

/** A monthly price in US cents, of a product of its own. */
export async function monthly({ stripe, run }: Stage, cents: number): Promise<string> {
  const product = await stripe.products.create({ name: `${run} ${cents}`, metadata: { run } });
  const recurring = { interval: 'month' } as const;
  return (await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: cents, recurring }))
    .id;
}

export async function latestInvoice({ stripe }: Stage, subscription: string): Promise<Stripe.Invoice> {
  const { latest_invoice: id } = await stripe.subscriptions.retrieve(subscription);
  return stripe.invoices.retrieve(typeof id === 'string' ? id : (id?.id ?? ''));
}

export function itemOf(subscription: Stripe.Subscription): Stripe.SubscriptionItem {
  const [item] = subscription.items.data;
  if (item === undefined) throw new Error(`${subscription.id} has no item`);
  return item;
}
