import { beforeEach, describe, expect, test, vi } from 'vitest';
import { usageExports } from '../../../db/schema/usage-exports.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { checkExport } from '../../../server/modules/usage/export/check-export.ts';
import { releaseWindow } from '../../../server/modules/usage/export/release-window.ts';
import { sealUsage } from '../../../server/modules/usage/export/seal-usage.ts';
import { tellUsage } from '../../../server/modules/usage/export/tell-usage.ts';
import { DAY, Exporting, HOUR, START } from './exporting.ts';

const events = { method: 'POST', path: /meter_events$/ } as const;
let world: Exporting;

beforeEach(async () => {
  world = await Exporting.start();
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

test('a window that the vendor refuses to count is parked, and the others are told', async () => {
  await world.use(7, 2 * HOUR);
  world.stripe.fail({ ...events, kind: 'reset' });
  await world.turn();
  await world.pass(25 * HOUR);
  await world.use(60_000, 2 * HOUR, 'agentMilliseconds');
  world.stripe.fail({ kind: 'status', status: 400, path: /event_summaries$/ });
  expect(await world.turn()).toMatchObject({ parked: 1, confirmed: 1 });
  const [refused, told] = await world.windows();
  expect(refused).toMatchObject({ state: 'parked', reason: 'no-count: billing.vendor-refused' });
  expect(told).toMatchObject({ meter: 'agentMilliseconds', state: 'confirmed' });
});

test('counts are read from the meter of a name that is in use, soon after it took another’s place', async () => {
  const { metering } = world.deps();
  const { meters } = world.stripe.client().billing;
  await world.use(7, 2 * HOUR);
  await world.turn();
  await world.pass(HOUR);
  const range = { eventName: 'repspheres_ai_queries', customerId: world.customerId, from: 0, to: 0 };
  const counted = () =>
    metering.counted({ ...range, from: START.getTime() - DAY - HOUR / 2, to: START.getTime() + HOUR / 2 });
  expect(await counted()).toBe(7);
  const old = world.stripe.world.meters.all.find(({ event_name: name }) => name === range.eventName);
  await meters.deactivate(old?.id ?? '');
  const sum = { default_aggregation: { formula: 'sum' } } as const;
  await meters.create({ event_name: range.eventName, display_name: 'new', ...sum });
  const later = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 11_000);
  expect(await counted()).toBe(0);
  later.mockRestore();
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
