import assert from 'node:assert/strict';
import {
  advance,
  clockedCustomer,
  day,
  declineFromNow,
  itemOf,
  latestInvoice,
  monthly,
  type Scenario,
} from './stage.ts';

const start = Date.UTC(2027, 0, 1) / 1000;

/** Beginning, renewal, failure and end of a subscription. */
export const lifeScenarios: readonly Scenario[] = [
  {
    name: 'a subscription is active when paid, and renews for the same amount',
    async play(stage) {
      const { stripe } = stage;
      const { clock, customer } = await clockedCustomer(stage, start);
      const subscription = await stripe.subscriptions.create({
        customer,
        items: [{ price: await monthly(stage, 19_700) }],
      });
      assert.equal(subscription.status, 'active');
      assert.equal(itemOf(subscription).current_period_end, Date.UTC(2027, 1, 1) / 1000);
      await advance(stage, clock, Date.UTC(2027, 1, 1, 3) / 1000);
      const invoice = await latestInvoice(stage, subscription.id);
      assert.equal(invoice.billing_reason, 'subscription_cycle');
      assert.deepEqual([invoice.status, invoice.amount_paid], ['paid', 19_700]);
    },
  },
  {
    name: 'a subscription backdated by half a month bills that half with the first month, and renews for the month',
    async play(stage) {
      const { stripe } = stage;
      const began = Date.UTC(2027, 2, 1) / 1000;
      const { clock, customer } = await clockedCustomer(stage, began);
      const backdated = (billing_mode: 'classic' | 'flexible') =>
        monthly(stage, 28_000).then((price) =>
          stripe.subscriptions.create({
            customer,
            items: [{ price }],
            backdate_start_date: began - 14 * day,
            billing_mode: { type: billing_mode },
          }),
        );
      for (const mode of ['classic', 'flexible'] as const) {
        const subscription = await backdated(mode);
        assert.deepEqual(
          [subscription.status, subscription.start_date, itemOf(subscription).current_period_start],
          ['active', began - 14 * day, began],
        );
        const first = await latestInvoice(stage, subscription.id);
        // February has 28 days, whether the half is of the month that ends now or of the one that began with it.
        assert.deepEqual(
          first.lines.data
            .map(({ amount, period }) => [amount, period.start])
            .sort((a, b) => (a[1] ?? 0) - (b[1] ?? 0)),
          [
            [14_000, began - 14 * day],
            [28_000, began],
          ],
        );
      }
      const { id } = await backdated('flexible');
      await advance(stage, clock, Date.UTC(2027, 3, 1, 3) / 1000);
      assert.equal((await latestInvoice(stage, id)).amount_paid, 28_000);
    },
  },
  {
    name: 'an invoice that is sent has days to be paid, and makes the subscription past due after them',
    async play(stage) {
      const { stripe } = stage;
      const { clock, customer } = await clockedCustomer(stage, start);
      const { id, status } = await stripe.subscriptions.create({
        customer,
        items: [{ price: await monthly(stage, 9_700) }],
        collection_method: 'send_invoice',
        days_until_due: 7,
      });
      assert.equal(status, 'active');
      await advance(stage, clock, start + 6 * day);
      assert.equal((await stripe.subscriptions.retrieve(id)).status, 'active');
      await advance(stage, clock, start + 9 * day);
      assert.equal((await stripe.subscriptions.retrieve(id)).status, 'past_due');
      const invoice = await latestInvoice(stage, id);
      await stripe.invoices.pay(invoice.id ?? '', { paid_out_of_band: true });
      assert.equal((await stripe.subscriptions.retrieve(id)).status, 'active');
    },
  },
  {
    name: 'a first payment that is declined leaves the subscription incomplete, and 23 hours later expired',
    async play(stage) {
      const { clock, customer } = await clockedCustomer(stage, start, 'pm_card_chargeCustomerFail');
      const { id, status } = await stage.stripe.subscriptions.create({
        customer,
        items: [{ price: await monthly(stage, 9_700) }],
      });
      assert.equal(status, 'incomplete');
      await advance(stage, clock, start + 24 * 3600);
      assert.equal((await stage.stripe.subscriptions.retrieve(id)).status, 'incomplete_expired');
    },
  },
  {
    name: 'a renewal that is declined makes the subscription past due',
    async play(stage) {
      const { clock, customer } = await clockedCustomer(stage, start);
      const { id } = await stage.stripe.subscriptions.create({
        customer,
        items: [{ price: await monthly(stage, 9_700) }],
      });
      await declineFromNow(stage, customer);
      await advance(stage, clock, Date.UTC(2027, 1, 1, 3) / 1000);
      assert.equal((await stage.stripe.subscriptions.retrieve(id)).status, 'past_due');
      assert.equal((await latestInvoice(stage, id)).status, 'open');
    },
  },
  {
    name: 'a subscription to be cancelled at its period end lives until then, and has cancel_at set',
    async play(stage) {
      const { stripe } = stage;
      const { clock, customer } = await clockedCustomer(stage, start);
      const { id } = await stripe.subscriptions.create({
        customer,
        items: [{ price: await monthly(stage, 9_700) }],
      });
      const wished = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
      assert.equal(wished.cancel_at, itemOf(wished).current_period_end);
      await advance(stage, clock, start + 30 * day);
      assert.equal((await stripe.subscriptions.retrieve(id)).status, 'active');
      await advance(stage, clock, start + 32 * day);
      assert.equal((await stripe.subscriptions.retrieve(id)).status, 'canceled');
    },
  },
  {
    name: 'a trial without a card pauses where its settings say so',
    async play(stage) {
      const { stripe, run } = stage;
      const clock = await stripe.testHelpers.testClocks.create({ frozen_time: start, name: run });
      const { id: customer } = await stripe.customers.create({ test_clock: clock.id });
      const { id } = await stripe.subscriptions.create({
        customer,
        items: [{ price: await monthly(stage, 9_700) }],
        trial_period_days: 7,
        trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
      });
      await advance(stage, clock.id, start + 8 * day);
      const after = await stripe.subscriptions.retrieve(id);
      assert.equal(after.status, 'paused');
      assert.equal(after.status_details?.paused.subscription.type, 'trial_end_without_payment_method');
    },
  },
];
