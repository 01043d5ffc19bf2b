import { beforeEach, describe, expect, test } from 'vitest';
import { billingCustomers } from '../../../db/schema/billing.ts';
import { usageEntries } from '../../../db/schema/usage.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { checkExport } from '../../../server/modules/usage/export/check-export.ts';
import { sealUsage } from '../../../server/modules/usage/export/seal-usage.ts';
import { tellUsage } from '../../../server/modules/usage/export/tell-usage.ts';
import { DAY, Exporting, HOUR } from './exporting.ts';

let world: Exporting;

beforeEach(async () => {
  world = await Exporting.start();
});

describe('sealing', () => {
  test('one window a meter and hour, with the sum of its entries and the time of the last', async () => {
    await world.use(3, 70 * 60_000);
    await world.use(4, 65 * 60_000);
    await world.use(5, 3 * HOUR);
    await world.use(9_000, 65 * 60_000, 'agentMilliseconds');
    expect(await sealUsage(world.deps())).toBe(3);
    const windows = await world.windows();
    expect(windows.map(({ meter, quantity, usedAt }) => [meter, quantity, usedAt.toISOString()])).toEqual([
      ['aiQueries', 5, '2026-11-25T09:30:00.000Z'],
      ['agentMilliseconds', 9_000, '2026-11-25T11:25:00.000Z'],
      ['aiQueries', 7, '2026-11-25T11:25:00.000Z'],
    ]);
    expect(windows.at(-1)?.id).toBe(`${world.customerId}:aiQueries:2026112511:1`);
  });

  test('the running hour, and one that ended less than ten minutes ago, stay open', async () => {
    await world.use(1);
    await world.pass(39 * 60_000);
    expect(await sealUsage(world.deps())).toBe(0);
    await world.pass(60_000);
    expect(await sealUsage(world.deps())).toBe(1);
  });

  test('sealed by eight at once, every entry is in one window', async () => {
    for (let i = 0; i < 40; i += 1) await world.use(1, HOUR + i * 10 * 60_000);
    await Promise.all(Array.from({ length: 8 }, () => sealUsage(world.deps())));
    const windows = await world.windows();
    expect(windows.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(40);
    expect(new Set(windows.map(({ sequence }) => sequence))).toEqual(new Set([1]));
    expect(await checkExport(world.deps())).toMatchObject({ isSound: true, pending: 40, ledger: 40 });
  });

  test('what comes late makes a further window of its own hour, with its own time', async () => {
    await world.use(3, 2 * HOUR);
    await world.turn();
    await world.use(4, 2 * HOUR);
    await world.turn();
    await world.pass(HOUR);
    expect((await world.windows()).map(({ sequence, quantity }) => [sequence, quantity])).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(world.counted()).toBe(7);
  });

  test('use of 34 days ago is parked for a credit by hand; of an hour later it is told', async () => {
    await world.use(3, 34 * DAY + HOUR);
    await world.use(4, 34 * DAY - 60_000);
    await world.turn();
    const windows = await world.windows();
    expect(windows.map(({ state, reason, quantity }) => [state, reason, quantity])).toEqual(
      expect.arrayContaining([
        ['parked', 'credit-by-hand', 3],
        ['confirmed', null, 4],
      ]),
    );
  });

  test('what a pack paid for, and what was used before there was a customer, is not told', async () => {
    await withSystemScope(world.database, 'write', async ({ db }) => {
      await db.update(billingCustomers).set({ createdAt: new Date(world.now - 5 * HOUR) });
    });
    await world.use(1, 7 * HOUR);
    await world.use(2, 2 * HOUR);
    await world.use(4, 2 * HOUR);
    await withSystemScope(world.database, 'write', async ({ db }) => {
      await db.execute(`update usage_entries set from_pack = true where quantity = 4`);
    });
    await world.turn();
    await world.pass(HOUR);
    expect(world.counted()).toBe(2);
    expect(await checkExport(world.deps())).toMatchObject({ isSound: true, ledger: 2, confirmed: 2 });
  });
});

test('a server with the key of the other mode seals, tells and counts nothing of this one’s customers', async () => {
  await world.use(7, 2 * HOUR);
  await sealUsage(world.deps());
  const live = world.deps({ livemode: true });
  const since = new Date(world.now - 90 * 60_000);
  await withSystemScope(world.database, 'write', ({ db }) =>
    db
      .insert(billingCustomers)
      .values({ orgId: world.orgId, customerId: 'cus_live', livemode: true, createdAt: since }),
  );
  await world.use(5, HOUR);
  expect(await checkExport(world.deps())).toMatchObject({ isSound: true, ledger: 12, pending: 7 });
  expect(await checkExport(live)).toMatchObject({ isSound: true, ledger: 5, pending: 0, unsealed: 5 });
  expect(await tellUsage(live)).toMatchObject({ confirmed: 0, retried: 0, parked: 0 });
  await sealUsage(live);
  expect((await world.windows()).map(({ customerId, quantity }) => [customerId, quantity])).toEqual([
    [world.customerId, 7],
    ['cus_live', 5],
  ]);
});

test('the check names a window that no longer is the sum of its entries', async () => {
  await world.use(7, 2 * HOUR);
  await world.turn();
  await withSystemScope(world.database, 'write', ({ db }) => db.update(usageEntries).set({ quantity: 8 }));
  const [window] = await world.windows();
  expect(await checkExport(world.deps())).toMatchObject({
    isSound: false,
    difference: 1,
    wrongWindows: [window?.id],
  });
});

test('the check tells of sealed hours that nobody took, and of windows that stay open', async () => {
  await world.use(7, 2 * HOUR);
  await world.pass(5 * HOUR);
  expect(await checkExport(world.deps())).toMatchObject({ isSound: false, forgotten: 1, difference: 0 });
  await sealUsage(world.deps());
  await world.pass(5 * HOUR);
  expect(await checkExport(world.deps())).toMatchObject({ isSound: false, overdue: 1, difference: 0 });
});
