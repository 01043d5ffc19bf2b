import { beforeEach, describe, expect, test } from 'vitest';
import { parkReported } from '../../../db/queries/usage-exports.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { applyErrorReport } from '../../../server/modules/usage/apply-error-report.ts';
import { checkExport } from '../../../server/modules/usage/export/check-export.ts';
import { compareMonthPage, settledMonth } from '../../../server/modules/usage/export/compare-month.ts';
import { releaseWindow } from '../../../server/modules/usage/export/release-window.ts';
import { DAY, Exporting, HOUR } from './exporting.ts';

let world: Exporting;

beforeEach(async () => {
  world = await Exporting.start();
});

describe('the vendor reports what it dropped after it had accepted it', () => {
  const accepted = async () => {
    await world.use(7, 2 * HOUR);
    await world.turn();
    world.stripe.world.customers.remove(world.customerId);
    await world.pass(HOUR);
    return world.stripe.world.thinEvents.all.at(-1)?.id ?? '';
  };

  test('what it names is parked with its reason, however often the report comes', async () => {
    const report = await accepted();
    expect(await applyErrorReport(world.deps(), report)).toEqual({ parked: 1, doubted: 0 });
    expect(await applyErrorReport(world.deps(), report)).toEqual({ parked: 0, doubted: 0 });
    expect(await world.windows()).toMatchObject([
      { state: 'parked', reason: 'vendor: meter_event_customer_not_found' },
    ]);
    expect(await checkExport(world.deps())).toMatchObject({ isSound: true, parked: 7 });
  });

  test('where it does not name all, what it took in that time is compared a day later, never sent blindly', async () => {
    await world.use(7, 2 * HOUR);
    await world.use(5, 3 * HOUR);
    await world.turn();
    const lost = world.stripe.world.recorded.find(({ payload }) => payload.value === '5');
    await world.pass(HOUR);
    if (lost !== undefined) lost.state = 'wrong';
    const { metering } = world.deps();
    const unnamed = world.deps({
      metering: {
        ...metering,
        errorReport: async () => ({
          eventName: 'repspheres_ai_queries',
          dropped: [],
          droppedCount: 1,
          from: world.now,
          to: world.now,
        }),
      },
    });
    expect(await applyErrorReport(unnamed, 'evt_1')).toEqual({ parked: 0, doubted: 2 });
    await world.turn();
    expect(world.stripe.world.recorded).toHaveLength(2);
    await world.pass(DAY + HOUR);
    await world.turn();
    await world.pass(HOUR);
    expect(world.counted()).toBe(12);
    expect((await world.windows()).map(({ state, resends }) => [state, resends])).toEqual([
      ['confirmed', 1],
      ['confirmed', 0],
    ]);
  });
});

describe('a month against the vendor’s own summaries', () => {
  const month = async (after: readonly [string, string] = ['', '']) => {
    const now = new Date(world.now);
    return compareMonthPage(world.deps(), { ...settledMonth(now, now), after });
  };

  test('goes on after a count that the vendor refuses, and reports it', async () => {
    await world.use(7, 2 * HOUR);
    await world.use(60_000, 5 * HOUR, 'agentMilliseconds');
    await world.turn();
    await world.pass(2 * DAY);
    world.stripe.fail({ kind: 'status', status: 400, path: /event_summaries$/ });
    const { checked, differing } = await month();
    expect([checked, differing.map(({ vendor }) => vendor)]).toEqual([2, [null]]);
  });

  test('differs in nothing when every unit arrived', async () => {
    await world.use(7, 2 * HOUR);
    await world.use(60_000, 5 * HOUR, 'agentMilliseconds');
    await world.turn();
    await world.pass(2 * DAY);
    expect(await month()).toEqual({ checked: 2, differing: [], next: null });
  });

  test('names the customer and meter of which the vendor counted something else', async () => {
    await world.use(7, 2 * HOUR);
    await world.turn();
    await world.pass(2 * DAY);
    for (const event of world.stripe.world.recorded) event.state = 'wrong';
    const { customerId } = world;
    expect(await month()).toMatchObject({
      differing: [{ customerId, meter: 'aiQueries', ours: 7, vendor: 0 }],
    });
  });

  test('differs in nothing where a window was credited by hand, and a later one of its hour is not told twice', async () => {
    await world.use(7, 2 * HOUR);
    await world.turn();
    await world.pass(HOUR);
    for (const event of world.stripe.world.recorded) event.state = 'wrong';
    const [window] = await world.windows();
    const report = { identifier: window?.identifier ?? '', code: 'meter_event_invalid_value' };
    await withSystemScope(world.database, 'write', (scope) => parkReported(scope, report));
    expect(await releaseWindow(world.deps(), { id: window?.id ?? '', credited: true })).toBe('credited');
    await world.use(5, 3 * HOUR);
    world.stripe.fail({ kind: 'reset', at: 'after', method: 'POST', path: /meter_events$/, times: 9 });
    await world.turn();
    world.stripe.api.faults.clear();
    await world.pass(2 * DAY);
    await world.turn();
    await world.pass(HOUR);
    expect(world.counted()).toBe(5);
    expect((await world.windows()).map(({ state }) => state)).toEqual(['credited', 'confirmed']);
    expect(await checkExport(world.deps())).toMatchObject({ isSound: true, credited: 7 });
    await world.pass(DAY);
    expect(await month()).toMatchObject({ differing: [] });
  });

  test('leaves out the last day, which the vendor may not have counted yet', async () => {
    await world.use(7, 2 * HOUR);
    await world.turn();
    for (const event of world.stripe.world.recorded) event.state = 'wrong';
    expect(await month()).toEqual({ checked: 0, differing: [], next: null });
  });
});
