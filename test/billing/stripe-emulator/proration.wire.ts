import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { day, itemOf, latestInvoice, subscribed, type TestAccount, testAccount } from './account.ts';

const amountsOf = (invoice: Stripe.Invoice) => invoice.lines.data.map((line) => line.amount);

/** Changes the price of a subscription, billed at once. */
function changeTo(
  { stripe }: TestAccount,
  subscription: Stripe.Subscription,
  { price, ...rest }: Partial<Stripe.SubscriptionUpdateParams> & { price: string },
) {
  return stripe.subscriptions.update(subscription.id, {
    items: [{ id: itemOf(subscription).id, price }],
    proration_behavior: 'always_invoice',
    ...rest,
  });
}

describe('a proration', () => {
  it('half way credits and charges half', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    await account.emulator.advance(15 * day);
    await changeTo(account, subscription, { price: account.prices.large });
    const invoice = await latestInvoice(account.stripe, subscription.id);
    expect(amountsOf(invoice)).toEqual([-9_850, 14_850]);
    expect(invoice).toMatchObject({
      status: 'paid',
      amount_due: 5_000,
      billing_reason: 'subscription_update',
    });
  });

  it('counts seconds, and rounds each line by itself to the nearest cent', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    // 1,592,000 of 2,592,000 s left: 19,700 → 12,099.69…; 29,700 → 18,241.66…
    await account.emulator.advance(1_000_000);
    await changeTo(account, subscription, { price: account.prices.large });
    expect(amountsOf(await latestInvoice(account.stripe, subscription.id))).toEqual([-12_100, 18_242]);
  });

  it('waits for the next invoice unless told otherwise, and is a credit there after a downgrade', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account, { price: account.prices.large });
    await account.emulator.advance(15 * day);
    await changeTo(account, subscription, {
      price: account.prices.small,
      proration_behavior: 'create_prorations',
    });
    await account.emulator.advance(15 * day + 3600);
    const invoice = await latestInvoice(account.stripe, subscription.id);
    expect(amountsOf(invoice)).toEqual([-14_850, 4_850, 9_700]);
    // The sum of -300 is kept as the customer's credit.
    expect(invoice).toMatchObject({ status: 'paid', total: -300, amount_due: 0, ending_balance: -300 });
    await account.emulator.advance(31 * day);
    expect(await latestInvoice(account.stripe, subscription.id)).toMatchObject({
      starting_balance: -300,
      amount_due: 9_400,
    });
  });

  it('to another interval begins a new cycle now: the rest is credited, the new period charged whole', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    await account.emulator.advance(10 * day);
    const yearly = await changeTo(account, subscription, { price: account.prices.middleYearly });
    const invoice = await latestInvoice(account.stripe, subscription.id);
    expect(amountsOf(invoice)).toEqual([-13_133, 197_000]);
    expect(new Date(itemOf(yearly).current_period_end * 1000).toISOString()).toBe('2027-11-11T00:00:00.000Z');
    expect(yearly.billing_cycle_anchor).toBe(itemOf(yearly).current_period_start);
  });

  it('of a quantity credits the old and charges the new', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    await account.emulator.advance(20 * day);
    const { price } = itemOf(subscription);
    await changeTo(account, subscription, {
      price: price.id,
      items: [{ id: itemOf(subscription).id, quantity: 3 }],
    });
    expect(amountsOf(await latestInvoice(account.stripe, subscription.id))).toEqual([-6_567, 19_700]);
  });

  it('is none where none is wanted', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    await account.emulator.advance(15 * day);
    await changeTo(account, subscription, { price: account.prices.large, proration_behavior: 'none' });
    await account.emulator.advance(15 * day);
    expect(amountsOf(await latestInvoice(account.stripe, subscription.id))).toEqual([29_700]);
  });

  it.each([
    // Flexible gives back what was charged (19,700 for the month); classic what the item costs now (29,700).
    ['flexible', [-9_850, 4_850]],
    ['classic', [-14_850, 4_850]],
  ] as const)('after a free change credits by billing mode: %s', async (type, amounts) => {
    const account = await testAccount();
    const subscription = await subscribed(account, { billing_mode: { type } });
    await changeTo(account, subscription, { price: account.prices.large, proration_behavior: 'none' });
    await account.emulator.advance(15 * day);
    await changeTo(account, subscription, { price: account.prices.small });
    expect(amountsOf(await latestInvoice(account.stripe, subscription.id))).toEqual(amounts);
  });

  it('in flexible mode names the line that it gives back, and never gives it back twice', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    const first = await latestInvoice(account.stripe, subscription.id);
    await account.emulator.advance(15 * day);
    await changeTo(account, subscription, { price: account.prices.large });
    const second = await latestInvoice(account.stripe, subscription.id);
    const credit = second.lines.data[0]?.parent?.subscription_item_details;
    expect(credit?.proration_details?.credited_items).toEqual({
      invoice: first.id,
      invoice_line_items: [first.lines.data[0]?.id],
    });
    await account.emulator.advance(5 * day);
    await changeTo(account, subscription, { price: account.prices.small });
    // 10 of the 15 days charged with 14,850; 10 of 30 days of 9,700.
    expect(amountsOf(await latestInvoice(account.stripe, subscription.id))).toEqual([-9_900, 3_233]);
  });

  it('takes part in the discount of the subscription', async () => {
    const account = await testAccount();
    const coupon = await account.stripe.coupons.create({ percent_off: 20, duration: 'forever' });
    const subscription = await subscribed(account, { discounts: [{ coupon: coupon.id }] });
    expect(await latestInvoice(account.stripe, subscription.id)).toMatchObject({
      total: 15_760,
      subtotal: 19_700,
    });
    await account.emulator.advance(15 * day);
    await changeTo(account, subscription, { price: account.prices.large });
    expect(amountsOf(await latestInvoice(account.stripe, subscription.id))).toEqual([-7_880, 11_880]);
  });
});

describe('a billing period', () => {
  it('begun on the 31st ends on the last day of short months, and on the 31st again after', async () => {
    const account = await testAccount({ startAt: new Date('2027-01-31T10:00:00Z') });
    const { id } = await subscribed(account);
    const ends: string[] = [];
    for (const days of [0, 28, 31, 30]) {
      await account.emulator.advance(days * day);
      const { current_period_end: end } = itemOf(await account.stripe.subscriptions.retrieve(id));
      ends.push(new Date(end * 1000).toISOString());
    }
    expect(ends).toEqual([
      '2027-02-28T10:00:00.000Z',
      '2027-03-31T10:00:00.000Z',
      '2027-04-30T10:00:00.000Z',
      '2027-05-31T10:00:00.000Z',
    ]);
  });
});

describe('a preview', () => {
  it.each([0, 1, 86_399, 1_000_000, 1_296_000, 2_591_999])(
    'of a change after %i s is the invoice of that change, to the cent',
    async (seconds) => {
      const account = await testAccount();
      const subscription = await subscribed(account);
      await account.emulator.advance(seconds);
      const items = [{ id: itemOf(subscription).id, price: account.prices.large }];
      const asked = await account.stripe.invoices.createPreview({
        subscription: subscription.id,
        subscription_details: { items, proration_behavior: 'always_invoice' },
      });
      await changeTo(account, subscription, { price: account.prices.large });
      const invoice = await latestInvoice(account.stripe, subscription.id);
      expect(amountsOf(asked)).toEqual(amountsOf(invoice));
      expect(asked.amount_due).toBe(invoice.amount_due);
    },
  );

  it('holds for later when the change names its proration date', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    await account.emulator.advance(10 * day);
    const { created } = await account.stripe.customers.create();
    const change = {
      items: [{ id: itemOf(subscription).id, price: account.prices.large }],
      proration_behavior: 'always_invoice' as const,
      proration_date: created,
    };
    const asked = await account.stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: change,
    });
    await account.emulator.advance(500);
    await account.stripe.subscriptions.update(subscription.id, change);
    expect((await latestInvoice(account.stripe, subscription.id)).total).toBe(asked.total);
  });

  it('of the next invoice is that invoice, pending prorations and discounts included', async () => {
    const account = await testAccount();
    const coupon = await account.stripe.coupons.create({ amount_off: 1_000, duration: 'forever' });
    const subscription = await subscribed(account, { discounts: [{ coupon: coupon.id }] });
    await account.emulator.advance(1_000_000);
    await changeTo(account, subscription, {
      price: account.prices.large,
      proration_behavior: 'create_prorations',
    });
    const asked = await account.stripe.invoices.createPreview({ subscription: subscription.id });
    await account.emulator.advance(30 * day);
    const invoice = await latestInvoice(account.stripe, subscription.id);
    expect(amountsOf(asked)).toEqual(amountsOf(invoice));
    expect(asked.total).toBe(invoice.total);
    expect(asked.period_end).toBe(invoice.period_end);
  });

  it('changes nothing', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    const items = [{ id: itemOf(subscription).id, price: account.prices.large }];
    await account.stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { items },
    });
    expect(await account.stripe.subscriptions.retrieve(subscription.id)).toEqual(subscription);
    expect((await account.stripe.invoices.list()).data).toHaveLength(1);
  });
});
