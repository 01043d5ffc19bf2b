import { expect, test } from 'vitest';
import { catalogueVersion, PAYMENT_GRACE_MS } from '../../server/core/plans.ts';
import type { SubscriptionSnapshot } from '../../server/integrations/payments/port.ts';
import { entitlementsOf } from '../../server/modules/billing/entitlements.rules.ts';
import {
  announcementKey,
  milestonesOf,
  NUMBERS_KEPT_DAYS,
} from '../../server/modules/billing/notices/milestones.rules.ts';
import { syncCustomer } from '../../server/modules/billing/sync-customer.ts';
import { Reconciling } from './reconciling.ts';

const DAY_SECONDS = 86_400;
const counting = { releasesNumbers: true, grantedUntil: null, announced: null };

test('the grace of a late payment runs from its first invoice, also when the period renews meanwhile', async () => {
  const world = await Reconciling.start({ afterLastRetry: 'past_due', retryDays: [3, 8] });
  const { orgId, customerId } = await world.subscriber();
  world.emulator.person.cardsBecome(customerId, 'declines');
  const late = async (days: number) => {
    await world.emulator.advance(days * DAY_SECONDS);
    await syncCustomer(world.deps(), customerId);
    const [row] = (await world.rows()).filter((one) => one.orgId === orgId);
    return row?.snapshot as { status: string; pastDueSince: number; currentPeriodStart: number };
  };
  const first = await late(32);
  expect(first.status).toBe('past_due');
  const second = await late(31);
  expect(second.currentPeriodStart).toBeGreaterThan(first.currentPeriodStart);
  expect([second.status, second.pastDueSince]).toEqual(['past_due', first.pastDueSince]);
});

test('the release of numbers of an unpaid subscription is counted from its first invoice, however often it renews', async () => {
  const world = await Reconciling.start({ afterLastRetry: 'unpaid', retryDays: [1, 2] });
  const { orgId, customerId } = await world.subscriber();
  world.emulator.person.cardsBecome(customerId, 'declines');
  const since: unknown[] = [];
  const released: number[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    await world.emulator.advance((turn === 0 ? 40 : 20) * DAY_SECONDS);
    await syncCustomer(world.deps(), customerId);
    const [row] = (await world.rows()).filter((one) => one.orgId === orgId);
    const sub = row?.snapshot as unknown as SubscriptionSnapshot;
    expect(sub.status).toBe('unpaid');
    since.push(sub.pastDueSince);
    const milestones = milestonesOf(sub, counting, Number(sub.pastDueSince));
    released.push(milestones.find(({ kind }) => kind === 'numbers-released')?.dueAt ?? 0);
  }
  expect(new Set(since).size).toBe(1);
  expect(new Set(released)).toEqual(new Set([Number(since[0]) + NUMBERS_KEPT_DAYS * 86_400_000]));
  const snapshotNow = async () => {
    await syncCustomer(world.deps(), customerId);
    const row = (await world.rows()).find((one) => one.orgId === orgId);
    return row?.snapshot as unknown as SubscriptionSnapshot;
  };
  const before = announcementKey(await snapshotNow(), null);
  const [row] = world.emulator.world.subscriptions.where(({ customer }) => customer === customerId);
  // A credit, which is settled like a payment.
  await world.stripe.subscriptions.cancel(row?.id ?? '', { prorate: true, invoice_now: true });
  const after = await snapshotNow();
  expect([after.status, announcementKey(after, null)]).toEqual(['canceled', before]);
});

test('an invoice that is sent is late from its due date: the plan stays seven days more, and comes back when it is paid', async () => {
  const world = await Reconciling.start();
  const { orgId, customerId } = await world.stranger();
  const [old] = world.emulator.world.subscriptions.where((row) => row.customer === customerId);
  await world.stripe.subscriptions.cancel(old?.id ?? '');
  const price = old?.items.data[0]?.price.id ?? '';
  const { id } = await world.stripe.subscriptions.create({
    ...{ customer: customerId, items: [{ price }], collection_method: 'send_invoice', days_until_due: 10 },
  });
  const look = async () => {
    await syncCustomer(world.deps(), customerId);
    const row = (await world.rows()).find((one) => one.orgId === orgId && one.subscription === id);
    const { status, pastDueSince } = { ...row?.snapshot };
    return { status, pastDueSince, tier: row?.rights };
  };
  const made = world.emulator.world.time.now;
  expect(await look()).toEqual({ status: 'active', pastDueSince: null, tier: 'repx3' });
  await world.emulator.advance(9 * DAY_SECONDS);
  expect(await look()).toMatchObject({ status: 'active', tier: 'repx3' });
  await world.emulator.advance(2 * DAY_SECONDS);
  const due = (made + 10 * DAY_SECONDS) * 1000;
  const late = await look();
  expect(late).toMatchObject({ status: 'past_due', pastDueSince: due });
  const stored = (await world.rows()).find((one) => one.subscription === id);
  const facts = { subscription: stored?.snapshot as unknown as SubscriptionSnapshot, overrides: [] };
  const tierAt = (now: number) => entitlementsOf({ ...facts, catalogueVersion, now }).tier;
  expect([tierAt(due + PAYMENT_GRACE_MS - 1), tierAt(due + PAYMENT_GRACE_MS)]).toEqual(['repx3', 'repx0']);
  const invoice = (await world.stripe.subscriptions.retrieve(id)).latest_invoice;
  await world.stripe.invoices.pay(String(invoice), { paid_out_of_band: true });
  expect(await look()).toEqual({ status: 'active', pastDueSince: null, tier: 'repx3' });
});

test('a late invoice that is voided is no debt any more, nor is the one of a pause after it: nobody is told of either', async () => {
  const world = await Reconciling.start({ afterLastRetry: 'past_due' });
  const { orgId, customerId } = await world.subscriber();
  world.emulator.person.cardsBecome(customerId, 'declines');
  const debt = async () => {
    await syncCustomer(world.deps(), customerId);
    const row = (await world.rows()).find((one) => one.orgId === orgId);
    const sub = row?.snapshot as unknown as SubscriptionSnapshot;
    const told = milestonesOf(sub, counting, 0).length;
    return [sub.status, sub.pastDueSince, told, row?.rights];
  };
  await world.emulator.advance(32 * DAY_SECONDS);
  expect(await debt()).toEqual(['past_due', expect.any(Number), 3, 'repx3']);
  const [row] = world.emulator.world.subscriptions.where(({ customer }) => customer === customerId);
  await world.stripe.invoices.voidInvoice(String(row?.latest_invoice));
  expect(await debt()).toEqual(['past_due', null, 0, 'repx3']);
  await world.stripe.subscriptions.update(row?.id ?? '', { pause_collection: { behavior: 'void' } });
  await world.emulator.advance(31 * DAY_SECONDS);
  expect(await debt()).toEqual(['past_due', null, 0, 'repx3']);
});

test('a step up that is declined while a payment is late takes nothing of its grace, nor does its end', async () => {
  const world = await Reconciling.start({ retryDays: [3, 8] });
  const { orgId, customerId } = await world.subscriber();
  world.emulator.person.cardsBecome(customerId, 'declines');
  await world.emulator.advance(32 * DAY_SECONDS);
  const look = async () => {
    await syncCustomer(world.deps(), customerId);
    const row = (await world.rows()).find((one) => one.orgId === orgId);
    const { status, retriesLeft, pastDueSince } = { ...row?.snapshot };
    return { status, retriesLeft, pastDueSince };
  };
  const late = await look();
  expect(late).toEqual({ status: 'past_due', retriesLeft: true, pastDueSince: expect.any(Number) });
  const [row] = world.emulator.world.subscriptions.where((one) => one.customer === customerId);
  const price = /repx5.monthly=([^,|]+)/.exec(world.prices)?.[1] ?? '';
  await world.stripe.subscriptions.update(row?.id ?? '', {
    items: [{ id: row?.items.data[0]?.id ?? '', price }],
    ...{ payment_behavior: 'pending_if_incomplete', proration_behavior: 'always_invoice' },
  });
  expect(row?.pending_update).not.toBeNull();
  expect(await look()).toEqual(late);
  await world.emulator.advance(DAY_SECONDS);
  expect(row?.pending_update).toBeNull();
  expect(await look()).toEqual(late);
});
