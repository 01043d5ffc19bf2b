import assert from 'node:assert/strict';
import { monthly, type Scenario, until } from './stage.ts';

/** How the API itself behaves: keys, errors, checkout, meters. */
export const wireScenarios: readonly Scenario[] = [
  {
    name: 'a repeated request with its key answers with the same object, and with other parameters is refused',
    async play({ stripe, run }) {
      const options = { idempotencyKey: `${run}-customer` };
      const first = await stripe.customers.create({ name: run }, options);
      assert.equal((await stripe.customers.create({ name: run }, options)).id, first.id);
      await assert.rejects(stripe.customers.create({ name: 'other' }, options), {
        type: 'StripeIdempotencyError',
      });
    },
  },
  {
    name: 'an unknown object is 404 in the path, and 400 in a parameter',
    async play({ stripe }) {
      await assert.rejects(stripe.subscriptions.retrieve('sub_none'), {
        statusCode: 404,
        code: 'resource_missing',
      });
      const subscription = stripe.subscriptions.create({
        customer: 'cus_none',
        items: [{ price: 'price_none' }],
      });
      await assert.rejects(subscription, { statusCode: 400, code: 'resource_missing' });
    },
  },
  {
    name: 'a checkout session is open with a page, and expired without one',
    async play(stage) {
      const { stripe } = stage;
      const customer = await stripe.customers.create({ metadata: { run: stage.run } });
      const session = await stripe.checkout.sessions.create({
        mode: 'subscription',
        customer: customer.id,
        line_items: [{ price: await monthly(stage, 9_700), quantity: 1 }],
        success_url: 'https://example.com/done?session={CHECKOUT_SESSION_ID}',
        cancel_url: 'https://example.com/plans',
        subscription_data: { metadata: { run: stage.run } },
      });
      assert.equal(session.status, 'open');
      assert.match(session.url ?? '', /^https:\/\/checkout\.stripe\.com\//);
      assert.equal((await stripe.checkout.sessions.expire(session.id)).status, 'expired');
    },
  },
  {
    name: 'meter events are counted once for each identifier',
    async play(stage) {
      const { stripe, run } = stage;
      const name = `${run}_queries`;
      const customer = await stripe.customers.create({ metadata: { run } });
      const meter = await stripe.billing.meters.create({
        display_name: name,
        event_name: name,
        default_aggregation: { formula: 'sum' },
      });
      const event = {
        event_name: name,
        payload: { stripe_customer_id: customer.id, value: '25' },
        identifier: `${run}-1`,
      };
      const { created } = await stripe.billing.meterEvents.create(event);
      await assert.rejects(stripe.billing.meterEvents.create(event), { statusCode: 400 });
      const bounds = {
        start_time: Math.floor(created / 60) * 60 - 3600,
        end_time: Math.floor(created / 60) * 60 + 3600,
      };
      await stage.metersCount();
      await until(stage, async () => {
        const summaries = await stripe.billing.meters.listEventSummaries(meter.id, {
          customer: customer.id,
          ...bounds,
        });
        return summaries.data[0]?.aggregated_value === 25;
      });
      await stripe.billing.meters.deactivate(meter.id);
    },
  },
];
