import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import {
  day,
  eventTypes,
  itemOf,
  latestInvoice,
  subscribed,
  type TestAccount,
  testAccount,
} from './account.ts';

const statusOf = async ({ stripe }: TestAccount, id: string) =>
  (await stripe.subscriptions.retrieve(id)).status;
const priceOf = (subscription: Stripe.Subscription) => itemOf(subscription).price.unit_amount;

describe('an upgrade that is pending if incomplete', () => {
  /** A subscription whose card no longer pays, asked to become larger. */
  async function refusedUpgrade(behaviour: 'declines' | 'needs-action' = 'declines') {
    const account = await testAccount();
    const subscription = await subscribed(account);
    account.emulator.person.cardsBecome(String(subscription.customer), behaviour);
    await account.emulator.advance(15 * day);
    const asked = await account.stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: account.prices.large }],
      payment_behavior: 'pending_if_incomplete',
      proration_behavior: 'always_invoice',
    });
    return { account, asked };
  }

  it('leaves the subscription as it was, with the update beside it', async () => {
    const { account, asked } = await refusedUpgrade();
    expect(asked.status).toBe('active');
    expect(priceOf(asked)).toBe(19_700);
    expect(asked.pending_update?.subscription_items?.[0]?.price.unit_amount).toBe(29_700);
    expect(await latestInvoice(account.stripe, asked.id)).toMatchObject({
      status: 'open',
      amount_due: 5_000,
    });
  });

  it('happens when its invoice is paid', async () => {
    const { account, asked } = await refusedUpgrade();
    account.emulator.person.cardsBecome(String(asked.customer), 'succeeds');
    await account.stripe.invoices.pay(String(asked.latest_invoice));
    const after = await account.stripe.subscriptions.retrieve(asked.id);
    expect(priceOf(after)).toBe(29_700);
    expect(after.pending_update).toBeNull();
    expect(await eventTypes(account)).toContain('customer.subscription.pending_update_applied');
  });

  it('happens when the bank is answered', async () => {
    const { account, asked } = await refusedUpgrade('needs-action');
    account.emulator.person.authenticate(String(asked.latest_invoice));
    expect(priceOf(await account.stripe.subscriptions.retrieve(asked.id))).toBe(29_700);
  });

  it('expires after 23 hours, and its invoice is void', async () => {
    const { account, asked } = await refusedUpgrade();
    await account.emulator.advance(23 * 3600);
    const after = await account.stripe.subscriptions.retrieve(asked.id);
    expect(after.pending_update).toBeNull();
    expect(priceOf(after)).toBe(19_700);
    expect(await latestInvoice(account.stripe, asked.id)).toMatchObject({ status: 'void' });
    expect(await eventTypes(account)).toContain('customer.subscription.pending_update_expired');
  });

  it('takes no parameter that could not wait', async () => {
    const { account, asked } = await refusedUpgrade();
    const update = account.stripe.subscriptions.update(asked.id, {
      payment_behavior: 'pending_if_incomplete',
      metadata: { a: 'b' },
    });
    await expect(update).rejects.toMatchObject({ type: 'StripeInvalidRequestError', param: 'metadata' });
  });
});

describe('an upgrade that is not paid', () => {
  it.each([
    ['allow_incomplete', 'past_due', 29_700],
    ['default_incomplete', 'past_due', 29_700],
  ] as const)('happens and is past due by %s', async (behavior, status, price) => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    account.emulator.person.cardsBecome(String(subscription.customer), 'declines');
    await account.stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: account.prices.large }],
      payment_behavior: behavior,
      proration_behavior: 'always_invoice',
    });
    const after = await account.stripe.subscriptions.retrieve(subscription.id);
    expect(after.status).toBe(status);
    expect(priceOf(after)).toBe(price);
  });

  it('is refused whole by error_if_incomplete', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    account.emulator.person.cardsBecome(String(subscription.customer), 'declines');
    const update = account.stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: account.prices.large }],
      payment_behavior: 'error_if_incomplete',
      proration_behavior: 'always_invoice',
    });
    await expect(update).rejects.toMatchObject({ type: 'StripeCardError', statusCode: 402 });
    const after = await account.stripe.subscriptions.retrieve(subscription.id);
    expect(priceOf(after)).toBe(19_700);
    expect(after.latest_invoice).toBe(subscription.latest_invoice);
  });
});

it('an upgrade without a card is refused, and changes nothing', async () => {
  const account = await testAccount();
  const subscription = await subscribed(account);
  const [card] = (await account.stripe.paymentMethods.list({ customer: String(subscription.customer) })).data;
  await account.stripe.paymentMethods.detach(card?.id ?? '');
  const update = account.stripe.subscriptions.update(subscription.id, {
    items: [{ id: itemOf(subscription).id, price: account.prices.large }],
    proration_behavior: 'always_invoice',
  });
  await expect(update).rejects.toMatchObject({ code: 'resource_missing' });
  expect(priceOf(await account.stripe.subscriptions.retrieve(subscription.id))).toBe(19_700);
});

describe('a schedule', () => {
  /** A subscription that is to become smaller at the end of its period. */
  async function downgrade(account: TestAccount) {
    const subscription = await subscribed(account, { price: account.prices.large });
    const { current_period_start: start, current_period_end: end } = itemOf(subscription);
    const schedule = await account.stripe.subscriptionSchedules.create({
      from_subscription: subscription.id,
    });
    await account.stripe.subscriptionSchedules.update(schedule.id, {
      end_behavior: 'release',
      phases: [
        { items: [{ price: account.prices.large, quantity: 1 }], start_date: start, end_date: end },
        { items: [{ price: account.prices.small, quantity: 1 }], duration: { interval: 'month' } },
      ],
    });
    return { subscription, schedule };
  }

  it('changes the plan at the end of the period, without proration', async () => {
    const account = await testAccount();
    const { subscription } = await downgrade(account);
    await account.emulator.advance(30 * day - 1);
    expect(priceOf(await account.stripe.subscriptions.retrieve(subscription.id))).toBe(29_700);
    await account.emulator.advance(3601);
    expect(priceOf(await account.stripe.subscriptions.retrieve(subscription.id))).toBe(9_700);
    expect(await latestInvoice(account.stripe, subscription.id)).toMatchObject({
      status: 'paid',
      total: 9_700,
    });
  });

  it('lets go of the subscription after its last phase, which goes on as it is', async () => {
    const account = await testAccount();
    const { subscription, schedule } = await downgrade(account);
    await account.emulator.advance(62 * day);
    expect(await account.stripe.subscriptionSchedules.retrieve(schedule.id)).toMatchObject({
      status: 'released',
    });
    const after = await account.stripe.subscriptions.retrieve(subscription.id);
    expect(after).toMatchObject({ status: 'active', schedule: null });
    expect(priceOf(after)).toBe(9_700);
  });

  it('that is released changes nothing any more', async () => {
    const account = await testAccount();
    const { subscription, schedule } = await downgrade(account);
    await account.stripe.subscriptionSchedules.release(schedule.id);
    await account.emulator.advance(31 * day);
    expect(priceOf(await account.stripe.subscriptions.retrieve(subscription.id))).toBe(29_700);
  });

  it('ends with its subscription', async () => {
    const account = await testAccount();
    const { subscription, schedule } = await downgrade(account);
    await account.stripe.subscriptions.cancel(subscription.id);
    expect(await account.stripe.subscriptionSchedules.retrieve(schedule.id)).toMatchObject({
      status: 'canceled',
    });
  });
});

describe('a pause', () => {
  it('that was requested says so, bills nothing, and ends with a new period', async () => {
    const account = await testAccount();
    const { id } = await subscribed(account);
    await account.emulator.advance(10 * day);
    const paused = await account.stripe.subscriptions.pause(id);
    expect(paused).toMatchObject({
      status: 'paused',
      status_details: { paused: { subscription: { type: 'pause_requested' }, type: 'subscription' } },
    });
    await account.emulator.advance(90 * day);
    expect((await account.stripe.invoices.list({ subscription: id })).data).toHaveLength(1);
    const resumed = await account.stripe.subscriptions.resume(id);
    expect(resumed.status).toBe('active');
    // 20 of 30 days were given back.
    expect(await latestInvoice(account.stripe, id)).toMatchObject({
      amount_due: 19_700 - 13_133,
      status: 'paid',
    });
  });

  it('ends only with the payment where the resumption says so', async () => {
    const account = await testAccount();
    const { id, customer } = await subscribed(account);
    await account.stripe.subscriptions.pause(id, { bill_for: { unused_time_from: { type: 'none' } } });
    account.emulator.person.cardsBecome(String(customer), 'declines');
    const asked = await account.stripe.subscriptions.resume(id, {
      payment_behavior: 'resume_on_payment_success',
    });
    expect(asked.status).toBe('paused');
    account.emulator.person.cardsBecome(String(customer), 'succeeds');
    await account.stripe.invoices.pay((await latestInvoice(account.stripe, id)).id);
    expect(await statusOf(account, id)).toBe('active');
  });

  it('of collection alone leaves the status, and voids what is made meanwhile', async () => {
    const account = await testAccount();
    const { id } = await subscribed(account);
    const until = account.emulator.world.time.now + 45 * day;
    await account.stripe.subscriptions.update(id, {
      pause_collection: { behavior: 'void', resumes_at: until },
    });
    await account.emulator.advance(31 * day);
    expect(await statusOf(account, id)).toBe('active');
    expect((await latestInvoice(account.stripe, id)).status).toBe('void');
    await account.emulator.advance(31 * day);
    expect((await latestInvoice(account.stripe, id)).status).toBe('paid');
  });
});

describe('a trial', () => {
  it('costs nothing, and renews with a card', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account, { trial_period_days: 14 });
    expect(subscription).toMatchObject({ status: 'trialing' });
    expect(await latestInvoice(account.stripe, subscription.id)).toMatchObject({ total: 0, status: 'paid' });
    await account.emulator.advance(14 * day + 3600);
    expect(await statusOf(account, subscription.id)).toBe('active');
    expect(await latestInvoice(account.stripe, subscription.id)).toMatchObject({
      total: 19_700,
      status: 'paid',
    });
  });

  it.each([
    ['pause', 'paused'],
    ['cancel', 'canceled'],
    ['create_invoice', 'past_due'],
  ] as const)('without a card ends as its settings say: %s', async (missing, status) => {
    const account = await testAccount();
    const customer = await account.stripe.customers.create();
    const { id } = await account.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: account.prices.middle }],
      trial_period_days: 14,
      trial_settings: { end_behavior: { missing_payment_method: missing } },
    });
    await account.emulator.advance(14 * day + 3600);
    expect(await statusOf(account, id)).toBe(status);
  });
});

describe('a wish to cancel', () => {
  it('at the end of the period can be taken back', async () => {
    const account = await testAccount();
    const { id } = await subscribed(account);
    const wished = await account.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    expect(wished).toMatchObject({
      cancel_at_period_end: true,
      cancel_at: itemOf(wished).current_period_end,
    });
    await account.stripe.subscriptions.update(id, { cancel_at_period_end: false });
    await account.emulator.advance(30 * day + 3600);
    expect(await statusOf(account, id)).toBe('active');
  });

  it('now, with proration and an invoice, gives the rest back as credit', async () => {
    const account = await testAccount();
    const { id, customer } = await subscribed(account);
    await account.emulator.advance(15 * day);
    await account.stripe.subscriptions.cancel(id, { prorate: true, invoice_now: true });
    expect(await account.stripe.customers.retrieve(String(customer))).toMatchObject({ balance: -9_850 });
  });

  it('twice is told that there is no such subscription', async () => {
    const account = await testAccount();
    const { id } = await subscribed(account);
    await account.stripe.subscriptions.cancel(id);
    await expect(account.stripe.subscriptions.cancel(id)).rejects.toMatchObject({ code: 'resource_missing' });
    const update = account.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    await expect(update).rejects.toThrow('A canceled subscription can only update');
  });
});
