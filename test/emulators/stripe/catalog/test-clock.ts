import type Stripe from 'stripe';
import { deleteCustomer } from '../customers/customer.ts';
import { invalid } from '../kernel/failure.ts';
import type { TestClockRow } from '../kernel/rows.ts';
import { Timeline } from '../kernel/timeline.ts';
import type { World } from '../kernel/world.ts';
import { boundary } from '../subscriptions/period.ts';
import { page } from '../wire/page.ts';
import { int, listParams, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';

const keptSeconds = 30 * 86_400;

function createClock(world: World, input: { frozen_time: number; name?: string | undefined }): TestClockRow {
  const row: TestClockRow = {
    id: world.ids.next('clock'),
    object: 'test_helpers.test_clock',
    created: world.time.now,
    deletes_after: world.time.now + keptSeconds,
    frozen_time: input.frozen_time,
    livemode: false,
    name: input.name ?? null,
    status: 'ready',
    status_details: {},
  } satisfies Stripe.TestHelpers.TestClock;
  world.clocks.set(row.id, new Timeline(input.frozen_time));
  world.testClocks.add(row);
  world.emit('test_helpers.test_clock.created', row);
  return row;
}

/** Begins to move a clock; it is `ready` again when all that became due has happened. */
function advance(world: World, row: TestClockRow, to: number): TestClockRow {
  if (row.status !== 'ready')
    throw invalid('Test clock is already advancing.', { code: 'test_clock_advancing' });
  if (to <= row.frozen_time)
    throw invalid('The `frozen_time` must be in the future of the clock.', { param: 'frozen_time' });
  if (to > farthest(world, row))
    throw invalid(
      'You can only advance a test clock at most two intervals at once, by the shortest subscription on the clock.',
      { param: 'frozen_time' },
    );
  row.status = 'advancing';
  row.status_details = { advancing: { target_frozen_time: to } };
  world.emit('test_helpers.test_clock.advancing', row);
  const timeline = world.clocks.get(row.id);
  world.background(async () => {
    await timeline?.advanceTo(to);
    row.frozen_time = to;
    row.status = 'ready';
    row.status_details = {};
    world.emit('test_helpers.test_clock.ready', row);
  });
  return row;
}

/** Two intervals of the shortest subscription on the clock; two years where there is none. */
function farthest(world: World, row: TestClockRow): number {
  const items = world.subscriptions
    .where((held) => held.test_clock === row.id && held.ended_at === null)
    .flatMap((held) => held.items.data);
  const ends = items.map(({ price }) =>
    price.recurring === null ? Infinity : boundary(row.frozen_time, price.recurring, 2),
  );
  const none = boundary(row.frozen_time, { ...yearly }, 2);
  return Math.min(none, ...ends);
}

const yearly = {
  interval: 'year',
  interval_count: 1,
  meter: null,
  trial_period_days: null,
  usage_type: 'licensed',
};

export const testClockRoutes = [
  route(
    'POST /v1/test_helpers/test_clocks',
    params({ frozen_time: int, name: text.optional() }),
    createClock,
  ),
  route('GET /v1/test_helpers/test_clocks', listParams({}), (world, input) =>
    page('/v1/test_helpers/test_clocks', world.testClocks.all, input),
  ),
  route('GET /v1/test_helpers/test_clocks/:id', params({}), (world, _, [id]) => world.testClocks.get(id)),
  route('POST /v1/test_helpers/test_clocks/:id/advance', params({ frozen_time: int }), (world, input, [id]) =>
    advance(world, world.testClocks.get(id), input.frozen_time),
  ),
  route('DELETE /v1/test_helpers/test_clocks/:id', params({}), (world, _, [id]) => {
    world.testClocks.get(id);
    for (const customer of world.customers.where((row) => row.test_clock === id))
      deleteCustomer(world, customer.id);
    world.testClocks.remove(id);
    world.clocks.delete(id);
    return {
      id,
      object: 'test_helpers.test_clock',
      deleted: true,
    } satisfies Stripe.TestHelpers.DeletedTestClock;
  }),
];
