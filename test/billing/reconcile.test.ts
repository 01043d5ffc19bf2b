import { and, eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { auditLog } from '../../db/schema/operations.ts';
import { withSystemScope } from '../../db/tx.ts';
import { Failure } from '../../server/core/failure.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { createMetrics } from '../../server/http/metrics.ts';
import { createPace } from '../../server/integrations/payments/pace.ts';
import type { Payments } from '../../server/integrations/payments/port.ts';
import { reconcileDeps } from '../../server/main/billing-operations.ts';
import { processEvent } from '../../server/modules/billing/process-event.ts';
import { isFullUnfinished, reconcileStep } from '../../server/modules/billing/reconcile/reconcile.ts';
import { syncCustomer } from '../../server/modules/billing/sync-customer.ts';
import { corruptions, Reconciling } from './reconciling.ts';

const DAY_SECONDS = 86_400;
let world: Reconciling;

beforeEach(async () => {
  world = await Reconciling.start();
});

function corrupt(statement: string, orgId: string): Promise<unknown> {
  return withSystemScope(world.database, 'write', ({ db }) =>
    db.execute(sql.raw(statement.replaceAll('$org', `'${orgId}'`))),
  );
}

function changesOnRecord(orgId: string) {
  return withSystemScope(world.database, 'read', ({ db }) =>
    db
      .select({ actClass: auditLog.actClass, actorId: auditLog.actorId, detail: auditLog.detail })
      .from(auditLog)
      .where(and(eq(auditLog.orgId, orgId), eq(auditLog.operation, 'billing.applyPlan')))
      .orderBy(auditLog.seq),
  );
}

/** 120 unless told. */
const many = Number(process.env.DRILL_CUSTOMERS ?? 120);
const wrong = many / 20;

test('drill: of many customers 5 % go wrong in six ways; one cycle mends all, repeats no effect, and the next finds nothing', async () => {
  const customers = [];
  for (let i = 0; i < many; i += 1)
    customers.push(await world.subscriber(i % 2 ? 'repx3.monthly' : 'repx2.annual'));
  const [before, effects, said] = [
    await world.rows(),
    await world.effects(),
    world.emulator.world.events.all.length,
  ];
  const ways = Object.values(corruptions);
  for (let i = 0; i < 18; i += 1) await corrupt(ways[i % ways.length] ?? '', customers[i * 20]?.orgId ?? '');
  expect(await world.rows()).not.toEqual(before);

  const report = await world.cycle('full');
  expect(report).toMatchObject({ checked: many, drifted: wrong, repaired: wrong, parked: [] });
  expect(world.drift).toBe(wrong);
  expect(await world.rows()).toEqual(before);
  expect(await world.effects()).toEqual(effects);
  expect(world.emulator.world.events.all).toHaveLength(said);
  expect(await world.cycle('full')).toMatchObject({ checked: many, drifted: 0, parked: [] });
}, 3_600_000);

test.each(Object.entries(corruptions))('%s: repaired and counted as drift', async (_, statement) => {
  const { orgId } = await world.subscriber();
  const before = await world.rows();
  await corrupt(statement, orgId);
  expect(await world.rows()).not.toEqual(before);
  expect(await world.cycle('full')).toMatchObject({ checked: 1, drifted: 1, repaired: 1 });
  expect(await world.rows()).toEqual(before);
});

describe('an endpoint that was down for four days', () => {
  test('what happened is found by the first hourly cycle after it, and nothing is left for the next', async () => {
    const [a, b, c] = [await world.subscriber(), await world.subscriber(), await world.subscriber()];
    await world.cycle('recent');
    await world.stripe.subscriptions.update(idOf(a.customerId), { cancel_at_period_end: true });
    await world.stripe.subscriptions.cancel(idOf(b.customerId));
    const fresh = await world.stranger('repx5.monthly');
    await world.emulator.advance(4 * DAY_SECONDS);
    const report = await world.cycle('recent');
    expect(report).toMatchObject({ drifted: 3, repaired: 3, parked: [], needsFull: false });
    const tiers = new Map((await world.rows()).map(({ orgId, tier }) => [orgId, tier]));
    expect([tiers.get(fresh.orgId), tiers.get(c.orgId)]).toEqual(['repx5', 'repx3']);
    expect(await world.cycle('full')).toMatchObject({ drifted: 0 });
    expect(await world.cycle('recent')).toMatchObject({ checked: 0 });
    const byBilling = { actClass: 'billing', actorId: 'system:billing' };
    const ending = { tier: 'repx3', spend: 'included', numbers: 'kept' };
    expect(await changesOnRecord(b.orgId), 'bought, then ended: each once').toMatchObject([
      { ...byBilling, detail: { from: { tier: 'repx0' }, to: { tier: 'repx3' } } },
      { ...byBilling, detail: { from: { tier: 'repx3', spend: 'open' }, to: ending } },
    ]);
    expect(await changesOnRecord(c.orgId)).toHaveLength(1);
  });

  test('beyond the 30 days that Stripe keeps events, all customers are checked', async () => {
    await world.subscriber();
    await world.cycle('recent');
    await world.cycle('full');
    await world.emulator.advance(40 * DAY_SECONDS);
    await world.stranger();
    expect(await world.cycle('recent')).toMatchObject({ needsFull: true });
    expect(await isFullUnfinished(world.deps())).toBe(true);
    expect(await world.cycle('full')).toMatchObject({ drifted: 2, repaired: 2 });
    expect(await isFullUnfinished(world.deps())).toBe(false);
  });
});

describe('a cycle that is cut short', () => {
  const strangers = async () => {
    for (let i = 0; i < 110; i += 1) await world.stranger();
  };

  test('goes on with its page, and ends with every customer checked and none twice in effect', async () => {
    await strangers();
    let asked = 0;
    const { listSubscriptions, walk } = world.payments;
    const away = async () => {
      throw new Failure('billing.vendor-unavailable');
    };
    const failing = world.deps({
      payments: {
        ...world.payments,
        listSubscriptions: async (customerId) => {
          asked += 1;
          return asked === 105 ? away() : listSubscriptions(customerId);
        },
        walk: { ...walk, latestEvent: away },
      },
    });
    await expect(world.cycle('full', failing)).rejects.toMatchObject({ code: 'billing.vendor-unavailable' });
    expect(await isFullUnfinished(failing)).toBe(true);
    expect(await world.cycle('full', failing)).toMatchObject({ checked: 110, parked: [] });
    expect(asked).toBeLessThanOrEqual(110 + 20 + 1);
    expect(world.drift).toBe(110);
    expect(await world.cycle('full')).toMatchObject({ drifted: 0 });
  }, 60_000);

  test('walked by two processes at once, it is walked once and well', async () => {
    await strangers();
    await Promise.all([world.cycle('full'), world.cycle('full')]);
    expect(await world.cycle('full')).toMatchObject({ checked: 110, drifted: 0 });
  }, 60_000);

  test('while Stripe is away it never reports an end', async () => {
    await world.subscriber();
    world.emulator.fail({ kind: 'status', status: 503, times: Number.POSITIVE_INFINITY });
    await expect(reconcileStep(world.deps(), 'full')).rejects.toMatchObject({
      code: 'billing.vendor-unavailable',
    });
    world.emulator.api.faults.clear();
    expect(await world.cycle('full')).toMatchObject({ checked: 1 });
  }, 30_000);
});

test.each([
  ['cannot be mended', new TypeError('unreadable')],
  ['alone is not answered', new Failure('billing.vendor-unavailable')],
])('a customer that %s is parked and holds up no other', async (_, error) => {
  const [a, b] = [await world.subscriber(), await world.stranger()];
  const { listSubscriptions } = world.payments;
  const deps = world.deps({
    payments: {
      ...world.payments,
      listSubscriptions: async (customerId) => {
        if (customerId === a.customerId) throw error;
        return listSubscriptions(customerId);
      },
    },
  });
  expect(await world.cycle('full', deps)).toMatchObject({ checked: 2, parked: [a.customerId], drifted: 1 });
  const [row] = (await world.rows()).filter(({ orgId }) => orgId === b.orgId);
  expect(row?.rights).toBe('repx3');
});

test('a cycle whose next customer to go on from is deleted begins with the newest again, and ends', async () => {
  for (let i = 0; i < 105; i += 1) await world.stranger();
  await reconcileStep(world.deps(), 'full');
  const { data } = await world.stripe.customers.list({ limit: 100 });
  await world.stripe.customers.del(data.at(-1)?.id ?? '');
  expect(await world.cycle('full')).toMatchObject({ drifted: 105, parked: [] });
  // Deleted after it was checked.
  expect(await world.cycle('full')).toMatchObject({ drifted: 1, repaired: 1, parked: [] });
}, 60_000);

test('what is stored of an end long ago is asked again where it says something else than the end', async () => {
  const { orgId, customerId } = await world.subscriber();
  await world.emulator.advance(5 * DAY_SECONDS);
  await world.stripe.subscriptions.cancel(idOf(customerId), { prorate: true, invoice_now: true });
  await syncCustomer(world.deps(), customerId);
  const old = `update subscriptions set snapshot = snapshot || '{"currentPeriodEnd":1,"paidThrough":9e15}'
    where org_id = $org`;
  await corrupt(old, orgId);
  expect(await world.cycle('full')).toMatchObject({ drifted: 1, repaired: 1 });
  const [row] = (await world.rows()).filter((one) => one.orgId === orgId);
  expect([row?.rights, row?.snapshot?.paidThrough]).toEqual(['repx0', null]);
});

test('a customer that was deleted at Stripe is asked about by our own rows', async () => {
  const { orgId, customerId } = await world.subscriber();
  await world.stripe.customers.del(customerId);
  expect(await world.cycle('full')).toMatchObject({ checked: 1, drifted: 1, repaired: 1 });
  const [row] = (await world.rows()).filter((one) => one.orgId === orgId);
  expect(row).toMatchObject({ status: 'canceled', deletedAt: expect.any(Date) });
});

test('a customer of somebody else in the account is left alone', async () => {
  await world.stripe.customers.create({ email: 'robin@example.com' });
  expect(await world.cycle('full')).toMatchObject({ checked: 1, drifted: 0, parked: [] });
});

test('a duplicate whose end Stripe refuses stays owed, a person is told, and the next look ends it', async () => {
  const { orgId, customerId } = await world.subscriber();
  const [first] = world.emulator.world.subscriptions.where((row) => row.customer === customerId);
  const price = first?.items.data[0]?.price.id ?? '';
  const metadata = { checkout_id: 'chk_second' };
  const { id } = await world.stripe.subscriptions.create({
    customer: customerId,
    items: [{ price }],
    metadata,
  });
  const alerts: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void alerts.push(fields) };
  const refusal = { kind: 'status', status: 400, type: 'invalid_request_error', method: 'DELETE' } as const;
  world.emulator.fail(refusal);
  expect(await syncCustomer(world.deps({ logger }), customerId)).toMatchObject({ owes: true });
  const done = async () => (await world.effects()).find(({ key }) => key === `duplicate:${id}`)?.doneAt;
  expect([await done(), world.emulator.world.subscriptions.find(id)?.status]).toEqual([null, 'active']);
  expect(alerts).toMatchObject([{ orgId, alert: `still-charging:duplicate:${id}` }]);
  expect(await syncCustomer(world.deps(), customerId)).toMatchObject({ owes: false });
  expect([await done(), world.emulator.world.subscriptions.find(id)?.status]).toEqual([
    expect.any(Date),
    'canceled',
  ]);
});

test('a duplicate that is late is ended without a credit for what was never paid', async () => {
  const { customerId } = await world.subscriber();
  const [first] = world.emulator.world.subscriptions.where((row) => row.customer === customerId);
  const price = first?.items.data[0]?.price.id ?? '';
  await world.stripe.subscriptions.update(first?.id ?? '', { metadata: { checkout_id: 'chk_first' } });
  world.emulator.person.cardsBecome(customerId, 'declines');
  await world.emulator.advance(32 * DAY_SECONDS);
  world.emulator.person.cardsBecome(customerId, 'succeeds');
  await world.stripe.subscriptions.create({ customer: customerId, items: [{ price }] });
  await syncCustomer(world.deps(), customerId);
  expect(world.emulator.world.subscriptions.find(first?.id ?? '')?.status).toBe('canceled');
  const pending = await world.stripe.invoiceItems.list({ customer: customerId, pending: true });
  const { balance } = world.emulator.world.customers.get(customerId);
  expect([pending.data.length, balance]).toEqual([0, 0]);
});

test('many deliveries of one customer that wait cost one look at it', async () => {
  const { customerId } = await world.subscriber();
  let looks = 0;
  const payments: Payments = {
    ...world.payments,
    listSubscriptions: (id) => {
      looks += 1;
      return world.payments.listSubscriptions(id);
    },
  };
  const deps = world.deps({ payments });
  const ids = Array.from({ length: 6 }, (_, index) => `evt_waiting_${index}`);
  const named = {
    type: 'invoice.paid',
    livemode: false,
    account: null,
    objectUrl: null,
    checkoutSessionId: null,
  };
  for (const id of ids) {
    const payload = JSON.stringify({ id, customerId, ...named });
    await deps.store.receive({ id, type: named.type, payload, customerId }, null);
  }
  const outcomes = [];
  for (const id of ids) outcomes.push(await processEvent(deps, id));
  expect(outcomes).toEqual(['applied', ...ids.slice(1).map(() => 'covered')]);
  expect(looks).toBe(1);
});

test('what had drifted is counted in the metrics, by the reconciler that the jobs run', async () => {
  const metrics = createMetrics();
  const { payments, database } = world;
  const deps = reconcileDeps({ payments, database, logger: silentLogger, metrics }, createPace(1_000));
  const drift = async () =>
    /repspheres_billing_drift_total (\d+)/.exec(await metrics.registry.metrics())?.[1];
  await world.subscriber();
  await world.cycle('full', deps);
  expect(await drift()).toBe('0');
  await world.stranger();
  await world.cycle('full', deps);
  expect(await drift()).toBe('1');
});

describe('the pace of background calls', () => {
  const paced = (perSecond: number) => {
    let now = 0;
    const pace = createPace(
      perSecond,
      async (ms) => {
        now += ms;
      },
      () => now,
    );
    return { pace, now: () => now };
  };

  test('leaves four fifths of Stripe’s budget: no second holds more requests than its share, whomever they are about', async () => {
    for (let i = 0; i < 12; i += 1) await world.subscriber();
    const late = await world.subscriber();
    world.emulator.person.cardsBecome(late.customerId, 'declines');
    await world.emulator.advance(32 * 86_400);
    const ended = await world.subscriber();
    await world.stripe.subscriptions.cancel(idOf(ended.customerId));
    const { pace, now } = paced(5);
    const calls: number[] = [];
    world.emulator.onRequest(() => calls.push(now()));
    world.emulator.fail({ kind: 'status', status: 500, times: 2, skip: 3 });
    await world.cycle('full', world.deps({ payments: world.payments.paced(pace) }));
    // One for each of 14 customers and one for the page they stand on; more about what is owed, what was paid, and again.
    expect(calls.length).toBeGreaterThanOrEqual(15 + 1 + 3 + 2);
    for (const at of calls)
      expect(calls.filter((other) => other >= at && other < at + 1000).length).toBeLessThanOrEqual(5);
  });

  test('after a 429 everything rests', async () => {
    await world.subscriber();
    const { pace, now } = paced(100);
    const payments = world.payments.paced(pace);
    world.emulator.fail({ kind: 'status', status: 429, times: 3 });
    await expect(world.cycle('full', world.deps({ payments }))).rejects.toThrow(Failure);
    await world.cycle('full', world.deps({ payments }));
    expect(now()).toBeGreaterThanOrEqual(30_000);
  });
});

function idOf(customerId: string): string {
  return world.emulator.world.subscriptions.where((row) => row.customer === customerId)[0]?.id ?? '';
}
