import Stripe from 'stripe';
import { expect, it } from 'vitest';
import { StripeFailure } from '../../emulators/stripe/kernel/failure.ts';
import { Ids } from '../../emulators/stripe/kernel/ids.ts';
import { customerWith, day, itemOf, type TestAccount, testAccount } from './account.ts';

class NothingThere extends Error {}

/** A history of one customer, drawn from a seed. */
class History {
  readonly account: TestAccount;
  readonly customer: string;
  readonly #dice: Ids;

  constructor(account: TestAccount, customer: string, seed: number) {
    this.account = account;
    this.customer = customer;
    this.#dice = new Ids(seed);
  }

  pick<T>(values: readonly T[]): T {
    const [first] = values;
    const chosen = values[Math.floor(this.#dice.random() * values.length)] ?? first;
    if (chosen === undefined) throw new NothingThere();
    return chosen;
  }

  /** Does one thing at random. What Stripe refuses is a legal answer; anything else is not. */
  async step(): Promise<void> {
    const act = this.pick([
      this.begin,
      this.change,
      this.change,
      this.wish,
      this.card,
      this.invoice,
      this.pause,
      this.plan,
      this.wait,
      this.wait,
      this.wait,
    ]);
    try {
      await act.call(this);
    } catch (cause) {
      const { StripeInvalidRequestError: invalid, StripeCardError: declined } = Stripe.errors;
      const legal = [invalid, declined, StripeFailure, NothingThere];
      if (!legal.some((kind) => cause instanceof kind)) throw cause;
    }
  }

  async begin() {
    const { stripe, prices } = this.account;
    await stripe.subscriptions.create({
      customer: this.customer,
      items: [{ price: this.pick(Object.values(prices)) }],
      payment_behavior: this.pick(['allow_incomplete', 'default_incomplete', 'error_if_incomplete'] as const),
      billing_mode: { type: this.pick(['classic', 'flexible'] as const) },
      ...this.pick([{}, { trial_period_days: 5 }]),
    });
  }

  async change() {
    const { stripe, prices } = this.account;
    const row = await this.any();
    await stripe.subscriptions.update(row.id, {
      items: [{ id: itemOf(row).id, price: this.pick(Object.values(prices)), quantity: this.pick([1, 2]) }],
      proration_behavior: this.pick(['create_prorations', 'always_invoice', 'none'] as const),
      payment_behavior: this.pick([
        'allow_incomplete',
        'pending_if_incomplete',
        'error_if_incomplete',
      ] as const),
    });
  }

  async wish() {
    const { stripe, emulator } = this.account;
    const { id } = await this.any();
    await this.pick([
      () => stripe.subscriptions.update(id, { cancel_at_period_end: true }),
      () => stripe.subscriptions.update(id, { cancel_at_period_end: false }),
      async () => emulator.person.cancelInPortal(id),
      () => stripe.subscriptions.cancel(id, { prorate: true, invoice_now: true }),
    ])();
  }

  async card() {
    const behaviour = this.pick(['succeeds', 'declines', 'needs-action', 'succeeds'] as const);
    this.account.emulator.person.cardsBecome(this.customer, behaviour);
  }

  async invoice() {
    const { stripe } = this.account;
    const { data } = await stripe.invoices.list({ customer: this.customer, status: 'open' });
    const { id } = this.pick(data);
    await this.pick([() => stripe.invoices.pay(id), () => stripe.invoices.voidInvoice(id)])();
  }

  async pause() {
    const { stripe } = this.account;
    const { id } = await this.any();
    await this.pick([
      () => stripe.subscriptions.pause(id),
      () => stripe.subscriptions.resume(id),
      () => stripe.subscriptions.resume(id, { payment_behavior: 'resume_on_payment_success' }),
      () => stripe.subscriptions.update(id, { pause_collection: { behavior: 'void' } }),
      () => stripe.subscriptions.update(id, { pause_collection: '' }),
    ])();
  }

  async plan() {
    const { stripe, prices } = this.account;
    const row = await this.any();
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: row.id });
    const [phase] = schedule.phases;
    await stripe.subscriptionSchedules.update(schedule.id, {
      phases: [
        {
          items: [{ price: itemOf(row).price.id }],
          start_date: phase?.start_date ?? 0,
          end_date: phase?.end_date ?? 0,
        },
        { items: [{ price: this.pick(Object.values(prices)) }] },
      ],
    });
  }

  async wait() {
    await this.account.emulator.advance(this.pick([0, 1, 3600, day, 6 * day, 16 * day, 31 * day]));
  }

  async any(): Promise<Stripe.Subscription> {
    const { data } = await this.account.stripe.subscriptions.list({ customer: this.customer, status: 'all' });
    return this.pick(data);
  }
}

/** Every change of a subscription is told: its newest snapshot is how it is now. */
function toldAsItIs({ emulator }: TestAccount): void {
  for (const row of emulator.world.subscriptions.all) {
    const told = emulator.world.events.all.findLast(
      ({ type, data }) => type.startsWith('customer.subscription.') && data.object.id === row.id,
    );
    expect(told?.data.object).toEqual(JSON.parse(JSON.stringify(row)));
  }
}

/** The sums of every invoice add up, and what is paid has nothing left to pay. */
function addsUp({ emulator }: TestAccount): void {
  for (const invoice of emulator.world.invoices.all) {
    const lines = invoice.lines.data.reduce((sum, line) => sum + line.amount, 0);
    expect(invoice.subtotal).toBe(lines);
    expect(invoice.amount_remaining).toBe(invoice.amount_due - invoice.amount_paid);
    if (invoice.status === 'paid') expect(invoice.amount_remaining).toBe(0);
    if (invoice.total > 0)
      expect(invoice.amount_due).toBeLessThanOrEqual(invoice.total + Math.max(0, invoice.starting_balance));
  }
}

it.each(Array.from({ length: 24 }, (_, index) => index + 1))(
  'history %i is legal, told and adds up',
  async (seed) => {
    const account = await testAccount({
      seed,
      settings: { afterLastRetry: (['cancel', 'unpaid', 'past_due'] as const)[seed % 3] ?? 'cancel' },
    });
    const { id } = await customerWith(account);
    const history = new History(account, id, seed);
    for (let step = 0; step < 40; step += 1) {
      await history.step();
      toldAsItIs(account);
      addsUp(account);
    }
  },
);
