import { beforeEach, expect, test } from 'vitest';
import { billingCheckouts } from '../../db/schema/billing.ts';
import { withSystemScope } from '../../db/tx.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { syncCustomer } from '../../server/modules/billing/sync-customer.ts';
import { testOrganisation } from '../support/database.ts';
import { Reconciling } from './reconciling.ts';

let world: Reconciling;

beforeEach(async () => {
  world = await Reconciling.start();
});

/** A page that sells an organisation 40 AI queries; its id at Stripe. */
async function openPack(orgId: string, customerId: string): Promise<string> {
  const purchase = { kind: 'add-on', meter: 'aiQueries', quantity: 40 } as const;
  const url = 'https://app.example.com';
  const page = { checkoutId: 'chk_pack', orgId, customerId, successUrl: url, cancelUrl: url, purchase };
  const { sessionId } = await world.payments.openCheckout(page);
  const row = { orgId, id: 'chk_pack', livemode: false, purchase: JSON.stringify({ purchase }), sessionId };
  await withSystemScope(world.database, 'write', ({ db }) =>
    db.insert(billingCheckouts).values({ ...row, expiresAt: new Date() }),
  );
  return sessionId;
}

test('a pack that was paid for while no delivery reached us is given by the cycle, once', async () => {
  const { orgId, customerId } = await world.subscriber();
  const sessionId = await openPack(orgId, customerId);
  expect(await world.cycle('full')).toMatchObject({ drifted: 0 });
  world.emulator.person.completeCheckout(sessionId);
  expect(await world.cycle('full')).toMatchObject({ checked: 1, drifted: 1, repaired: 1 });
  expect(await world.cycle('full')).toMatchObject({ drifted: 0 });
  expect(await world.granted(orgId)).toEqual([{ sourceId: sessionId, quantity: 40 }]);
});

test('a pack of a customer that is deleted before we were told that it was paid for is given all the same', async () => {
  const { orgId, customerId } = await world.subscriber();
  const sessionId = await openPack(orgId, customerId);
  world.emulator.person.completeCheckout(sessionId);
  await world.stripe.customers.del(customerId);
  await syncCustomer(world.deps(), customerId);
  expect(await world.granted(orgId)).toEqual([{ sourceId: sessionId, quantity: 40 }]);
  expect(await world.cycle('full')).toMatchObject({ drifted: 0 });
});

test('a customer that is made anew before the deletion of the old one was seen is taken for the organisation’s', async () => {
  const { orgId, customerId } = await world.subscriber('repx2.monthly');
  await world.stripe.customers.del(customerId);
  const metadata = { organisation_id: orgId };
  const fresh = await world.stripe.customers.create({ metadata });
  expect(await syncCustomer(world.deps(), fresh.id)).toMatchObject({ outcome: 'applied', orgId });
  const customers = (await world.rows()).map((row) => [row.customerId, row.deletedAt !== null]);
  expect(customers).toContainEqual([customerId, true]);
  expect(customers).toContainEqual([fresh.id, false]);
});

test('a second customer of an organisation whose first one lives is left alone, and a person is told', async () => {
  const { orgId } = await world.subscriber();
  const second = await world.stripe.customers.create({ metadata: { organisation_id: orgId } });
  const alerts: unknown[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void alerts.push(fields) };
  expect(await syncCustomer(world.deps({ logger }), second.id)).toMatchObject({
    outcome: 'unknown-customer',
  });
  expect(alerts).toMatchObject([{ orgId, alert: `second-customer:${second.id}` }]);
});

test('a second customer is taken for the organisation’s when the first is found deleted between two looks at it', async () => {
  const { orgId, customerId } = await world.subscriber();
  const second = await world.stripe.customers.create({ metadata: { organisation_id: orgId } });
  const deps = world.deps();
  const adopt: typeof deps.store.adopt = async (...given) => {
    const adopted = await deps.store.adopt(...given);
    if (adopted !== null) return adopted;
    await world.stripe.customers.del(customerId);
    await syncCustomer(deps, customerId);
    return null;
  };
  const racing = { ...deps, store: { ...deps.store, adopt } };
  expect(await syncCustomer(racing, second.id)).toMatchObject({ outcome: 'applied', orgId });
  expect(await world.cycle('full')).toMatchObject({ drifted: 0, parked: [] });
});

test('of more than a hundred subscriptions of a customer the oldest is seen, too', async () => {
  const { customerId } = await world.subscriber();
  const first = world.emulator.world.subscriptions.where((row) => row.customer === customerId)[0]?.id ?? '';
  const price = /repx1.monthly=([^,|]+)/.exec(world.prices)?.[1] ?? '';
  for (let made = 0; made < 100; made += 1) {
    const { id } = await world.stripe.subscriptions.create({ customer: customerId, items: [{ price }] });
    await world.stripe.subscriptions.cancel(id);
  }
  const seen = await world.payments.listSubscriptions(customerId);
  expect([seen.length, seen.some(({ id }) => id === first)]).toEqual([101, true]);
});

test('a customer that Stripe does not have, as when test data was wiped, is one that was deleted', async () => {
  const { orgId, customerId } = await world.subscriber();
  world.emulator.world.customers.remove(customerId);
  expect(await syncCustomer(world.deps(), customerId)).toMatchObject({ outcome: 'applied' });
  const [row] = (await world.rows()).filter((one) => one.orgId === orgId);
  expect([row?.tier, row?.deletedAt]).toEqual(['repx0', expect.any(Date)]);
});

test.each([
  ['61 days', 131, []],
  ['59 days', 89, ['/v1/invoiceitems']],
])(
  'what is left of an end is looked up while it may change: %s after its period',
  async (_, days, lookedUp) => {
    world = await Reconciling.start({}, new Date(Date.now() - days * 86_400_000));
    const [kept, credited] = [await world.subscriber(), await world.subscriber()];
    for (const [{ customerId }, terms] of [
      [kept, {}],
      [credited, { prorate: true }],
    ] as const) {
      const [row] = world.emulator.world.subscriptions.where((one) => one.customer === customerId);
      await world.stripe.subscriptions.cancel(row?.id ?? '', terms);
    }
    await world.cycle('full');
    const before = await world.rows();
    const requests = new Set<string>();
    world.emulator.onRequest(({ target }) => requests.add(target.split('?')[0] ?? ''));
    expect(await world.cycle('full')).toMatchObject({ drifted: 0 });
    expect(await world.rows()).toEqual(before);
    expect([...requests].filter((path) => path === '/v1/invoiceitems')).toEqual(lookedUp);
  },
);

test('a customer that Stripe could not make, which it remembers for a day, is made by the next who asks, once', async () => {
  const { orgId } = await testOrganisation(world.database, { tier: 'repx0' });
  const order = { orgId, name: 'Example Devices', email: null };
  const path = /customers$/;
  world.emulator.fail({ kind: 'status', at: 'after', status: 500, method: 'POST', path, shouldRetry: false });
  const made = await Promise.all([1, 2, 3].map(() => world.payments.createCustomer(order)));
  expect(new Set(made).size).toBe(1);
});

test('a plan that is late keeps its grace beside what was sold for something else, and is never ended for it', async () => {
  const { orgId, customerId } = await world.stranger();
  const [old] = world.emulator.world.subscriptions.where((row) => row.customer === customerId);
  await world.stripe.subscriptions.cancel(old?.id ?? '', { prorate: true, invoice_now: true });
  const plan = await world.stripe.subscriptions.create({
    ...{ customer: customerId, metadata: { checkout_id: 'chk_1' } },
    items: [{ price: old?.items.data[0]?.price.id ?? '' }],
  });
  await world.emulator.advance(40 * 86_400);
  world.emulator.person.cardsBecome(customerId, 'declines');
  const product = await world.stripe.products.create({ name: 'Retainer' });
  await world.stripe.subscriptions.create({
    customer: customerId,
    ...{ collection_method: 'send_invoice', days_until_due: 300 },
    items: [
      {
        price_data: {
          ...{ currency: 'usd', product: product.id, unit_amount: 500 },
          recurring: { interval: 'year' },
        },
      },
    ],
  });
  await world.emulator.advance(23 * 86_400);
  await syncCustomer(world.deps(), customerId);
  expect((await world.stripe.subscriptions.retrieve(plan.id)).status).toBe('past_due');
  const [row] = (await world.rows()).filter((one) => one.orgId === orgId && one.isCurrent);
  expect([row?.subscription, row?.status, row?.rights]).toEqual([plan.id, 'past_due', 'repx3']);
});

test('a plan bought again that ended unpaid speaks in place of one before it that ended earlier', async () => {
  world = await Reconciling.start({}, new Date(Date.now() - 60 * 86_400_000));
  const { orgId, customerId } = await world.subscriber();
  const [first] = world.emulator.world.subscriptions.where((row) => row.customer === customerId);
  await world.stripe.subscriptions.update(first?.id ?? '', { cancel_at_period_end: true });
  await world.emulator.advance(33 * 86_400);
  await syncCustomer(world.deps(), customerId);
  world.emulator.person.cardsBecome(customerId, 'declines');
  const second = await world.stripe.subscriptions.create({
    ...{ customer: customerId, collection_method: 'send_invoice', days_until_due: 3 },
    items: [{ price: first?.items.data[0]?.price.id ?? '' }],
  });
  await world.emulator.advance(5 * 86_400);
  await world.stripe.subscriptions.cancel(second.id);
  await syncCustomer(world.deps(), customerId);
  const [row] = (await world.rows()).filter((one) => one.orgId === orgId && one.isCurrent);
  expect([row?.subscription, row?.rights]).toEqual([second.id, 'repx0']);
});
