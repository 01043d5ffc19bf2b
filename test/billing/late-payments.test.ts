import { expect, test } from 'vitest';
import type { SubscriptionSnapshot } from '../../server/integrations/payments/port.ts';
import { milestonesOf, NUMBERS_KEPT_DAYS } from '../../server/modules/billing/notices/milestones.rules.ts';
import { syncCustomer } from '../../server/modules/billing/sync-customer.ts';
import { Reconciling } from './reconciling.ts';

const DAY_SECONDS = 86_400;

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
    const milestones = milestonesOf(sub, { releasesNumbers: true });
    released.push(milestones.find(({ kind }) => kind === 'numbers-released')?.dueAt ?? 0);
  }
  expect(new Set(since).size).toBe(1);
  expect(new Set(released)).toEqual(new Set([Number(since[0]) + NUMBERS_KEPT_DAYS * 86_400_000]));
});
