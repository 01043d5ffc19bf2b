import assert from 'node:assert/strict';
import type Stripe from 'stripe';
import {
  advance,
  clockedCustomer,
  declineFromNow,
  itemOf,
  latestInvoice,
  monthly,
  type Scenario,
  type Stage,
} from './stage.ts';

// April has 30 days, so that half of it is 15.
const start = Date.UTC(2027, 3, 1) / 1000;
const middle = Date.UTC(2027, 3, 16) / 1000;
const next = Date.UTC(2027, 4, 1) / 1000;

async function subscribed(stage: Stage, cents: number) {
  const { clock, customer } = await clockedCustomer(stage, start);
  const price = await monthly(stage, cents);
  const subscription = await stage.stripe.subscriptions.create({ customer, items: [{ price }] });
  return { clock, customer, price, subscription };
}

const amountsOf = (invoice: Stripe.Invoice) =>
  invoice.lines.data.map((line) => line.amount).toSorted((a, b) => a - b);

/** Changes of plan, and what they cost. */
export const changeScenarios: readonly Scenario[] = [
  {
    name: 'an upgrade half way costs half the difference, as its preview said',
    async play(stage) {
      const { clock, subscription } = await subscribed(stage, 19_700);
      await advance(stage, clock, middle);
      const change = {
        items: [{ id: itemOf(subscription).id, price: await monthly(stage, 29_700) }],
        proration_behavior: 'always_invoice' as const,
        proration_date: middle,
      };
      const preview = await stage.stripe.invoices.createPreview({
        subscription: subscription.id,
        subscription_details: change,
      });
      await stage.stripe.subscriptions.update(subscription.id, change);
      const invoice = await latestInvoice(stage, subscription.id);
      assert.deepEqual(amountsOf(invoice), [-9_850, 14_850]);
      assert.deepEqual(amountsOf(preview), amountsOf(invoice));
      assert.equal(preview.amount_due, invoice.amount_due);
    },
  },
  {
    name: 'an upgrade that is not paid waits, and the plan stays',
    async play(stage) {
      const { clock, customer, price, subscription } = await subscribed(stage, 19_700);
      await declineFromNow(stage, customer);
      await advance(stage, clock, middle);
      const asked = await stage.stripe.subscriptions.update(subscription.id, {
        items: [{ id: itemOf(subscription).id, price: await monthly(stage, 29_700) }],
        payment_behavior: 'pending_if_incomplete',
        proration_behavior: 'always_invoice',
      });
      assert.equal(itemOf(asked).price.id, price);
      assert.notEqual(asked.pending_update, null);
      await advance(stage, clock, middle + 24 * 3600);
      const after = await stage.stripe.subscriptions.retrieve(subscription.id);
      assert.equal(after.pending_update, null);
      assert.equal(itemOf(after).price.id, price);
    },
  },
  {
    name: 'a downgrade by schedule happens at the end of the period, without proration',
    async play(stage) {
      const { clock, price, subscription } = await subscribed(stage, 29_700);
      const small = await monthly(stage, 9_700);
      const schedule = await stage.stripe.subscriptionSchedules.create({
        from_subscription: subscription.id,
      });
      await stage.stripe.subscriptionSchedules.update(schedule.id, {
        end_behavior: 'release',
        phases: [
          { items: [{ price, quantity: 1 }], start_date: start, end_date: next },
          { items: [{ price: small, quantity: 1 }], duration: { interval: 'month', interval_count: 1 } },
        ],
      });
      await advance(stage, clock, next + 3 * 3600);
      assert.equal(itemOf(await stage.stripe.subscriptions.retrieve(subscription.id)).price.id, small);
      assert.equal((await latestInvoice(stage, subscription.id)).total, 9_700);
    },
  },
  {
    name: 'a fifth off is a fifth off the invoice',
    async play(stage) {
      const { customer } = await clockedCustomer(stage, start);
      const coupon = await stage.stripe.coupons.create({ percent_off: 20, duration: 'forever' });
      const { id } = await stage.stripe.subscriptions.create({
        customer,
        items: [{ price: await monthly(stage, 19_700) }],
        discounts: [{ coupon: coupon.id }],
      });
      const invoice = await latestInvoice(stage, id);
      assert.deepEqual([invoice.subtotal, invoice.total, invoice.amount_paid], [19_700, 15_760, 15_760]);
    },
  },
];
