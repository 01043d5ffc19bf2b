import { beforeEach, describe, expect, test } from 'vitest';
import { customerOf, readEvent } from '../../server/integrations/payments/stripe/event.ts';
import { syncCustomer } from '../../server/modules/billing/sync-customer.ts';
import { Reconciling } from './reconciling.ts';

const DAY_SECONDS = 86_400;
let world: Reconciling;

beforeEach(async () => {
  world = await Reconciling.start();
});

describe('money of a subscription', () => {
  const started = async () => {
    const { orgId, customerId } = await world.subscriber();
    const id = String(world.emulator.world.subscriptions.where((one) => one.customer === customerId)[0]?.id);
    const look = async () => {
      await syncCustomer(world.deps(), customerId);
      const [row] = (await world.rows()).filter((one) => one.orgId === orgId);
      return [row?.status, row?.tier];
    };
    const invoice = () => String(world.emulator.world.subscriptions.find(id)?.latest_invoice);
    const refund = async (share: number) => {
      const { data } = await world.stripe.invoicePayments.list({ invoice: invoice() });
      const intent = String(data[0]?.payment.payment_intent);
      const amount = Math.floor((data[0]?.amount_paid ?? 0) * share);
      await world.stripe.refunds.create({ payment_intent: intent, amount });
    };
    await world.emulator.advance(5 * DAY_SECONDS);
    const price = (plan: string) => new RegExp(`${plan}=([^,|]+)`).exec(world.prices)?.[1] ?? '';
    return { customerId, id, look, invoice, refund, price };
  };

  test('that is credited as it is ended at once leaves no tier; ended without that it does', async () => {
    const [credited, kept] = [await started(), await started()];
    await world.stripe.subscriptions.cancel(credited.id, { prorate: true, invoice_now: true });
    await world.stripe.subscriptions.cancel(kept.id);
    expect(await credited.look()).toEqual(['canceled', 'repx0']);
    expect(await kept.look()).toEqual(['canceled', 'repx3']);
  });

  test('that went back as a pause’s credit leaves no tier when the customer is deleted; one that paused without a credit leaves it', async () => {
    const [credited, kept] = [await started(), await started()];
    world.emulator.person.pauseInPortal(credited.id);
    await world.stripe.subscriptions.pause(kept.id, {
      type: 'subscription',
      bill_for: { unused_time_from: { type: 'none' } },
    });
    expect([await credited.look(), await kept.look()]).toEqual([
      ['paused', 'repx0'],
      ['paused', 'repx0'],
    ]);
    for (const { customerId } of [credited, kept]) await world.stripe.customers.del(customerId);
    expect([await credited.look(), await kept.look()]).toEqual([
      ['canceled', 'repx0'],
      ['canceled', 'repx3'],
    ]);
  });

  test('that is credited for a next invoice as it is ended, without one now, leaves no tier', async () => {
    const { id, look } = await started();
    await world.stripe.subscriptions.cancel(id, { prorate: true });
    expect(await look()).toEqual(['canceled', 'repx0']);
  });

  test('for a plan changed and ended in the same second pays for what it changed to', async () => {
    const { id, look, price } = await started();
    world.emulator.person.changePlanInPortal(id, price('repx4.monthly'));
    await world.stripe.subscriptions.cancel(id);
    expect(await look()).toEqual(['canceled', 'repx4']);
  });

  test('of an earlier plan pays for the lower one that it was changed to, until its credit is given back', async () => {
    const [lower, ended] = [await started(), await started()];
    for (const { id, price } of [lower, ended])
      world.emulator.person.changePlanInPortal(id, price('repx2.monthly'));
    await world.emulator.advance(DAY_SECONDS);
    await world.stripe.subscriptions.cancel(lower.id);
    await world.stripe.subscriptions.cancel(ended.id, { prorate: true });
    expect(await lower.look()).toEqual(['canceled', 'repx2']);
    expect(await ended.look()).toEqual(['canceled', 'repx0']);
  });

  test('of a trial is none: ended within it leaves no tier', async () => {
    const { customerId, id, look, price } = await started();
    await world.stripe.subscriptions.cancel(id, { prorate: true, invoice_now: true });
    const trial = { customer: customerId, trial_period_days: 5, items: [{ price: price('repx4.monthly') }] };
    await world.stripe.subscriptions.cancel((await world.stripe.subscriptions.create(trial)).id);
    expect(await look()).toEqual(['canceled', 'repx0']);
  });

  test('refunded: while it lives the plan stays; once ended, a whole refund leaves none and a part of it does', async () => {
    const [whole, part] = [await started(), await started()];
    await whole.refund(1);
    await part.refund(0.5);
    expect(await whole.look()).toEqual(['active', 'repx3']);
    for (const { id } of [whole, part]) await world.stripe.subscriptions.cancel(id);
    expect(await whole.look()).toEqual(['canceled', 'repx0']);
    expect(await part.look()).toEqual(['canceled', 'repx3']);
  });

  test('that was refunded comes back with the tier where the bank returns it, and an event that names the charge alone says so', async () => {
    const { id, look, refund, customerId } = await started();
    await world.stripe.subscriptions.cancel(id);
    await world.cycle('recent');
    await refund(1);
    expect(await look()).toEqual(['canceled', 'repx0']);
    await world.cycle('recent');
    const [made] = world.emulator.world.refunds.where(({ customer }) => customer === customerId);
    world.emulator.person.bankReturnsRefund(made?.id ?? '');
    expect(await world.cycle('recent')).toMatchObject({ drifted: 1, repaired: 1 });
    expect(await look()).toEqual(['canceled', 'repx3']);
    const { charge, object } = { ...made };
    const event = readEvent({
      id: 'evt_1',
      object: 'event',
      type: 'refund.failed',
      data: { object: { object, charge } },
    });
    expect([event.customerId, await customerOf(world.stripe, event)]).toEqual([null, customerId]);
  });

  test('refunded for the time left: ended with that, it leaves no tier', async () => {
    const { id, look, refund } = await started();
    await refund(25 / 30);
    await world.stripe.subscriptions.cancel(id);
    expect(await look()).toEqual(['canceled', 'repx0']);
  });

  test('of a discounted plan, all of it refunded, leaves none', async () => {
    const { id, look, refund, customerId, price } = await started();
    await refund(1);
    await world.stripe.subscriptions.cancel(id);
    const coupon = await world.stripe.coupons.create({ percent_off: 50, duration: 'once' });
    const items = [{ price: price('repx4.monthly') }];
    const half = { customer: customerId, items, discounts: [{ coupon: coupon.id }] };
    const made = await world.stripe.subscriptions.create(half);
    expect((await look())[1]).toBe('repx4');
    const { data } = await world.stripe.invoicePayments.list({ invoice: String(made.latest_invoice) });
    await world.stripe.refunds.create({ payment_intent: String(data[0]?.payment.payment_intent) });
    await world.stripe.subscriptions.cancel(made.id);
    expect((await look())[1]).toBe('repx0');
  });

  test('for a step up is refunded alone: what was paid before it stays paid', async () => {
    const { id, look, refund, price } = await started();
    world.emulator.person.changePlanInPortal(id, price('repx4.monthly'));
    await refund(1);
    await world.stripe.subscriptions.cancel(id);
    expect((await look())[1]).not.toBe('repx0');
  });

  test('stays when a step up that nobody paid was the last invoice', async () => {
    const { id, customerId, look, price, invoice } = await started();
    world.emulator.person.cardsBecome(customerId, 'declines');
    const item = world.emulator.world.subscriptions.find(id)?.items.data[0]?.id ?? '';
    await world.stripe.subscriptions.update(id, {
      items: [{ id: item, price: price('repx5.monthly') }],
      ...{ payment_behavior: 'pending_if_incomplete', proration_behavior: 'always_invoice' },
    });
    await world.stripe.invoices.voidInvoice(invoice());
    await world.stripe.subscriptions.cancel(id);
    expect(await look()).toEqual(['canceled', 'repx3']);
  });

  test('disputed: the plan is Stripe’s to end, whatever the bank decides', async () => {
    for (const outcome of ['won', 'lost'] as const) {
      const { id, look, invoice } = await started();
      const dispute = world.emulator.person.disputeInvoice(invoice());
      expect(await look()).toEqual(['active', 'repx3']);
      world.emulator.person.decideDispute(dispute, outcome);
      expect(await look()).toEqual(['active', 'repx3']);
      await world.stripe.subscriptions.cancel(id);
      expect(await look()).toEqual(['canceled', 'repx3']);
    }
  });

  test('given up: none of the tier is left, and of a void or an uncollectible invoice the plan follows what Stripe makes of the subscription', async () => {
    for (const settled of ['voidInvoice', 'markUncollectible'] as const) {
      world = await Reconciling.start({ afterLastRetry: 'unpaid', retryDays: [1, 2] });
      const { customerId, look, invoice, id } = await started();
      world.emulator.person.cardsBecome(customerId, 'declines');
      await world.emulator.advance(35 * DAY_SECONDS);
      expect(await look()).toEqual(['unpaid', 'repx0']);
      await world.stripe.invoices[settled](invoice());
      const [status, tier] = await look();
      const said = (await world.stripe.subscriptions.retrieve(id)).status;
      expect([status, tier]).toEqual([said, said === 'active' ? 'repx3' : 'repx0']);
    }
  });
});
