import { beforeEach, describe, expect, test } from 'vitest';
import { billingCustomers } from '../../../db/schema/billing.ts';
import { usageEntries } from '../../../db/schema/usage.ts';
import { usageExports } from '../../../db/schema/usage-exports.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { checkExport } from '../../../server/modules/usage/export/check-export.ts';
import { releaseWindow } from '../../../server/modules/usage/export/release-window.ts';
import { sealUsage } from '../../../server/modules/usage/export/seal-usage.ts';
import { tellUsage } from '../../../server/modules/usage/export/tell-usage.ts';
import { DAY, Exporting, HOUR } from './exporting.ts';

const events = { method: 'POST', path: /meter_events$/ } as const;
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

describe('telling', () => {
  beforeEach(() => world.use(7, 2 * HOUR));

  test('the vendor counts what the ledger holds, once', async () => {
    expect(await world.turn()).toEqual({ confirmed: 1, retried: 0, parked: 0, retryAfterMs: null });
    expect(await world.turn()).toEqual({ confirmed: 0, retried: 0, parked: 0, retryAfterMs: null });
    await world.pass(HOUR);
    expect(world.counted()).toBe(7);
  });

  test.each([
    ['the connection is cut after the work', { kind: 'reset', at: 'after' } as const],
    ['the connection is cut before the work', { kind: 'reset' } as const],
    ['500 after the work', { kind: 'status', status: 500, at: 'after' } as const],
    ['500 before the work', { kind: 'status', status: 500 } as const],
    ['half an answer', { kind: 'half-body' } as const],
  ])('%s: the same identifier is sent again, and counted once', async (_, fault) => {
    world.stripe.fail({ ...events, ...fault });
    expect(await world.turn()).toMatchObject({ confirmed: 0, retried: 1 });
    expect(await world.windows()).toMatchObject([{ state: 'unknown' }]);
    await world.pass(HOUR);
    expect(await world.turn()).toMatchObject({ confirmed: 1 });
    await world.pass(HOUR);
    expect(world.counted()).toBe(7);
    const [window] = await world.windows();
    expect([window?.state, window?.identifier]).toEqual(['confirmed', window?.id]);
  });

  test('429 ends the turn, is obeyed, and does not age the identifier', async () => {
    await world.use(1, 3 * HOUR);
    world.stripe.fail({ ...events, kind: 'status', status: 429, retryAfter: 90 });
    expect(await world.turn()).toEqual({ confirmed: 0, retried: 1, parked: 0, retryAfterMs: 90_000 });
    expect(await world.windows()).toMatchObject([
      { state: 'pending', firstAttemptAt: null, leaseUntil: null },
      { state: 'pending', firstAttemptAt: null, leaseUntil: null },
    ]);
    await world.pass(90_000);
    expect(await world.turn()).toMatchObject({ confirmed: 2 });
  });

  test('what the vendor refuses is parked with its reason', async () => {
    await world.stripe.client().billing.meters.deactivate(world.stripe.world.meters.all[0]?.id ?? '');
    expect(await world.turn()).toMatchObject({ parked: 1 });
    expect((await world.windows())[0]?.reason).toMatch(/^refused: No active meter/);
    expect(await checkExport(world.deps())).toMatchObject({ isSound: true, parked: 7 });
  });

  test('a process that dies between the answer and its record: another sends the same identifier after the lease', async () => {
    const { metering } = world.deps();
    const dying = world.deps({
      metering: {
        ...metering,
        send: async (event) => {
          await metering.send(event);
          throw new Error('killed');
        },
      },
    });
    await expect(world.turn(dying)).rejects.toThrow('killed');
    expect(await world.turn()).toMatchObject({ confirmed: 0, retried: 0 });
    await world.pass(5 * 60_000);
    expect(await world.turn()).toMatchObject({ confirmed: 1 });
    await world.pass(HOUR);
    expect(world.counted()).toBe(7);
  });

  test('two tellers at once: each window has one holder', async () => {
    for (let i = 3; i < 30; i += 1) await world.use(1, i * HOUR);
    await sealUsage(world.deps());
    const reports = await Promise.all([1, 2, 3, 4].map(() => tellUsage(world.deps())));
    expect(reports.reduce((sum, { confirmed }) => sum + confirmed, 0)).toBe(28);
    expect(world.stripe.world.recorded.length).toBe(28);
  });
});

describe('an unknown outcome that is 23 hours old', () => {
  const outage = async (at: 'before' | 'after') => {
    await world.use(7, 2 * HOUR);
    world.stripe.fail({ ...events, kind: 'reset', at });
    await world.turn();
  };

  test('of what had arrived: the vendor counts it, and nothing is sent', async () => {
    await outage('after');
    await world.pass(25 * HOUR);
    expect(await world.turn()).toMatchObject({ confirmed: 1, retried: 0 });
    expect(world.stripe.world.recorded.length).toBe(1);
  });

  test('of what had not: the difference is sent under an identifier of its own', async () => {
    await outage('before');
    await world.pass(25 * HOUR);
    expect(await world.turn()).toMatchObject({ confirmed: 1, retried: 1 });
    await world.pass(HOUR);
    expect(world.counted()).toBe(7);
    expect((await world.windows())[0]?.identifier).toMatch(/:1:r1$/);
  });

  test('a second short of it the identifier is sent again; from then on it is compared', async () => {
    await outage('after');
    await world.pass(23 * HOUR - 1000);
    expect(await world.turn()).toMatchObject({ confirmed: 1 });
    world = await Exporting.start();
    await outage('after');
    world.stripe.fail({ ...events, kind: 'reset', times: Number.POSITIVE_INFINITY });
    await world.pass(23 * HOUR);
    expect(await world.turn()).toMatchObject({ confirmed: 1 });
  });

  test('a count that this window alone cannot explain is parked', async () => {
    await outage('before');
    await world.stripe.client().billing.meterEvents.create({
      event_name: 'repspheres_ai_queries',
      payload: { stripe_customer_id: world.customerId, value: '100' },
      timestamp: (world.now - 2 * HOUR) / 1000,
    });
    await world.pass(25 * HOUR);
    expect(await world.turn()).toMatchObject({ parked: 1 });
    expect(await world.windows()).toMatchObject([{ state: 'parked', reason: 'counts-differ' }]);
  });

  test('while the vendor cannot be read, the window waits', async () => {
    await outage('before');
    await world.pass(25 * HOUR);
    const times = Number.POSITIVE_INFINITY; // one call asks several times
    world.stripe.fail({ kind: 'status', status: 503, path: /event_summaries$/, times });
    expect(await world.turn()).toMatchObject({ confirmed: 0, retried: 1 });
    world.stripe.api.faults.clear();
    await world.pass(HOUR);
    expect(await world.turn()).toMatchObject({ confirmed: 1, retried: 1 });
  });
});

describe('a parked window that a person takes back', () => {
  const parked = async () => {
    await withSystemScope(world.database, 'write', ({ db }) =>
      db.update(usageExports).set({ state: 'parked', reason: 'refused: test', leaseUntil: null }),
    );
    return (await world.windows())[0]?.id ?? '';
  };
  const release = async (id: string, credited = false) => releaseWindow(world.deps(), { id, credited });

  test('is sent where the vendor lacks it, once', async () => {
    await world.use(7, 2 * HOUR);
    await sealUsage(world.deps());
    const id = await parked();
    expect(await release(id)).toBe('sent-again');
    expect(await release(id)).toBe('not-parked');
    expect(await world.turn()).toMatchObject({ confirmed: 1 });
    await world.pass(HOUR);
    expect(world.counted()).toBe(7);
  });

  test('is done where the vendor has it', async () => {
    await world.use(7, 2 * HOUR);
    await world.turn();
    await world.pass(HOUR);
    expect(await release(await parked())).toBe('counted');
    expect(await world.windows()).toMatchObject([{ state: 'confirmed' }]);
    await world.turn();
    expect(world.stripe.world.recorded).toHaveLength(1);
  });

  test('stays where counts differ in another way, until its customer is credited by hand', async () => {
    await world.use(7, 2 * HOUR);
    await sealUsage(world.deps());
    await world.stripe.client().billing.meterEvents.create({
      event_name: 'repspheres_ai_queries',
      payload: { stripe_customer_id: world.customerId, value: '100' },
      timestamp: (world.now - 2 * HOUR) / 1000,
    });
    await world.pass(HOUR);
    const id = await parked();
    expect(await release(id)).toBe('counts-differ');
    expect(await world.windows()).toMatchObject([{ state: 'parked' }]);
    expect(await release(id, true)).toBe('credited');
    expect(await checkExport(world.deps())).toMatchObject({ isSound: true, parked: 0 });
  });

  test('stays where the vendor takes no use so old', async () => {
    await world.use(7, 33 * DAY);
    await sealUsage(world.deps());
    await world.pass(2 * DAY);
    expect(await release(await parked())).toBe('too-old');
    expect(await world.windows()).toMatchObject([{ state: 'parked' }]);
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
