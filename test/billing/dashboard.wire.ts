import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plans } from '../../server/core/plans.ts';
import type { SignedIn } from '../support/backend.ts';
import { buyersAt, returning, subscriptionRows } from './buying.ts';
import { type StripeBackend, stripeBackend } from './stripe-backend.ts';

let it: StripeBackend;
let ask: ReturnType<typeof buyersAt>['ask'];
let entitlements: ReturnType<typeof buyersAt>['entitlements'];
let buy: ReturnType<typeof buyersAt>['buy'];
beforeAll(async () => {
  it = await stripeBackend();
  ({ ask, entitlements, buy } = buyersAt(it));
});
afterAll(() => it[Symbol.asyncDispose]());

describe('what somebody does at Stripe itself', () => {
  /** A customer of ours at Stripe with a card, and no subscription. */
  async function customerOf(who: SignedIn): Promise<string> {
    const { data } = await ask(who, 'billing.checkout', { tier: 'repx1', ...returning });
    const session = await it.stripe.checkout.sessions.expire(String(data?.sessionId));
    const customer = String(session.customer);
    it.listening.emulator.person.useCard(customer, 'pm_card_visa');
    return customer;
  }
  const priceOf = async (cents: number) =>
    (await it.stripe.prices.list({ limit: 100 })).data.find((price) => price.unit_amount === cents)?.id ?? '';

  test('a subscription made there is the organisation’s, as soon as it is told', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await it.stripe.subscriptions.create({
      customer: await customerOf(member),
      items: [{ price: await priceOf(49_700) }],
    });
    await it.deliver();
    expect(await entitlements(member)).toMatchObject({ tier: 'repx4', status: 'active', access: 'full' });
  });

  test('a price that is no plan of ours may read and spend nothing, until it is one', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const product = await it.stripe.products.create({ name: 'Something else' });
    const recurring = { interval: 'month' } as const;
    const price = { product: product.id, currency: 'usd', unit_amount: 100, recurring };
    const made = await it.stripe.subscriptions.create({
      customer: await customerOf(member),
      items: [{ price: (await it.stripe.prices.create(price)).id }],
    });
    await it.deliver();
    const unknown = { tier: 'repx0', access: 'read-only', reasons: ['unknown-price'] };
    expect(await entitlements(member)).toMatchObject(unknown);
    const item = made.items.data[0]?.id ?? '';
    await it.stripe.subscriptions.update(made.id, { items: [{ id: item, price: await priceOf(9_700) }] });
    await it.deliver();
    expect(await entitlements(member)).toMatchObject({ tier: 'repx1', access: 'full' });
  });

  test('a coupon of all, and another quantity, leave the plan as it is', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const coupon = await it.stripe.coupons.create({ percent_off: 100, duration: 'forever' });
    const made = await it.stripe.subscriptions.create({
      customer: await customerOf(member),
      items: [{ price: await priceOf(19_700) }],
      discounts: [{ coupon: coupon.id }],
    });
    await it.deliver();
    expect(await entitlements(member)).toMatchObject({ tier: 'repx2', status: 'active' });
    const item = made.items.data[0]?.id ?? '';
    await it.stripe.subscriptions.update(made.id, { items: [{ id: item, quantity: 3 }] });
    await it.deliver();
    expect(await entitlements(member)).toMatchObject({ tier: 'repx2', status: 'active' });
    await it.listening.emulator.advance(40 * 86_400);
    await it.deliver();
    expect(await entitlements(member)).toMatchObject({ tier: 'repx2', status: 'active' });
  });

  test('a planned change that is released there does not begin; one with a quantity keeps it', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx4');
    const [row] = await subscriptionRows(member);
    const held = await it.stripe.subscriptions.retrieve(row?.id ?? '');
    const item = held.items.data[0]?.id ?? '';
    await it.stripe.subscriptions.update(held.id, { items: [{ id: item, quantity: 2 }] });
    await ask(member, 'billing.changePlan', { tier: 'repx2' });
    const { schedule } = await it.stripe.subscriptions.retrieve(held.id);
    await it.stripe.subscriptionSchedules.release(String(schedule));
    await it.deliver();
    await it.listening.emulator.advance(32 * 86_400);
    await it.deliver();
    expect(await entitlements(member)).toMatchObject({ tier: 'repx4', status: 'active' });
    const after = await it.stripe.subscriptions.retrieve(held.id);
    expect(after.items.data.map(({ quantity }) => quantity)).toEqual([2]);
  });

  test('one that is paid by invoice has its plan changed there alone: a change of ours is refused, and nothing is charged', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const { id } = await it.stripe.subscriptions.create({
      customer: await customerOf(member),
      items: [{ price: await priceOf(19_700) }],
      ...{ collection_method: 'send_invoice', days_until_due: 14 },
    });
    await it.deliver();
    const before = await it.stripe.invoices.list({ subscription: id });
    const refused = await ask(member, 'billing.changePlan', { tier: 'repx4' });
    expect(refused.failure?.code).toBe('billing.vendor-refused');
    await it.deliver();
    expect(await entitlements(member)).toMatchObject({ tier: 'repx2', status: 'active' });
    expect((await it.stripe.invoices.list({ subscription: id })).data).toHaveLength(before.data.length);
    expect((await it.stripe.subscriptions.retrieve(id)).items.data[0]?.price.unit_amount).toBe(19_700);
  });

  test('of several items the one with the highest plan is the plan, whatever their order and intervals', async () => {
    for (const swapped of [false, true]) {
      const member = await it.server.signIn({ tier: 'repx0' });
      const items = [{ price: await priceOf(9_700) }, { price: await priceOf(plans.repx3.cents.annual) }];
      const made = await it.stripe.subscriptions.create({
        customer: await customerOf(member),
        items: swapped ? items.toReversed() : items,
      });
      await it.deliver();
      const [row] = await subscriptionRows(member);
      const ends = made.items.data.map((item) => item.current_period_end * 1000);
      expect(row?.snapshot).toMatchObject({
        ...{ tier: 'repx3', cycle: 'annual', currentPeriodEnd: Math.min(...ends) },
        itemId: made.items.data.find(({ price }) => price.recurring?.interval === 'year')?.id,
      });
      expect((await ask(member, 'billing.changePlan', { tier: 'repx4' })).data).toMatchObject({
        subscription: { tier: 'repx4' },
      });
      const moved = (await it.stripe.subscriptions.retrieve(made.id)).items.data.map(({ price }) => price.id);
      expect(moved.toSorted()).toEqual(
        [await priceOf(9_700), await priceOf(plans.repx4.cents.annual)].toSorted(),
      );
    }
  });

  test('a customer deleted there keeps what was paid for, and may buy again as a new one', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx2');
    const [row] = await subscriptionRows(member);
    await it.stripe.customers.del(row?.customerId ?? '');
    await it.deliver();
    expect(await entitlements(member)).toMatchObject({ tier: 'repx2', status: 'canceled' });
    await buy(member, 'repx3');
    const rows = await subscriptionRows(member);
    expect(rows.find(({ isCurrent }) => isCurrent)?.customerId).not.toBe(row?.customerId);
    expect(await entitlements(member)).toMatchObject({ tier: 'repx3', status: 'active' });
  });
});
