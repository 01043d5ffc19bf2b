import type Stripe from 'stripe';
import { z } from 'zod';
import { invalid } from '../kernel/failure.ts';
import type { MeterRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { listParams, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { ListSummaries, listSummaries } from './summary.ts';

const Create = params({
  customer_mapping: z
    .strictObject({ event_payload_key: z.string().max(100), type: z.literal('by_id') })
    .optional(),
  default_aggregation: z.strictObject({ formula: z.enum(['sum', 'count', 'last']) }),
  display_name: z.string().max(250),
  event_name: z.string().max(100),
  event_time_window: z.enum(['day', 'hour']).optional(),
  value_settings: z.strictObject({ event_payload_key: z.string().max(100) }).optional(),
});

function createMeter(world: World, input: z.output<typeof Create>): MeterRow {
  if (activeMeter(world, input.event_name) !== undefined)
    throw invalid(`An active meter already exists with event name: ${input.event_name}`, {
      param: 'event_name',
    });
  const row: MeterRow = {
    id: world.ids.next('mtr_test'),
    object: 'billing.meter',
    created: world.time.now,
    customer_mapping: input.customer_mapping ?? { event_payload_key: 'stripe_customer_id', type: 'by_id' },
    default_aggregation: input.default_aggregation,
    display_name: input.display_name,
    event_name: input.event_name,
    event_time_window: input.event_time_window ?? null,
    livemode: false,
    status: 'active',
    status_transitions: { deactivated_at: null },
    updated: world.time.now,
    value_settings: input.value_settings ?? { event_payload_key: 'value' },
  } satisfies Stripe.Billing.Meter;
  world.meters.add(row);
  world.emit('billing.meter.created', row);
  return row;
}

export function activeMeter(world: World, eventName: string): MeterRow | undefined {
  return world.meters.where((row) => row.event_name === eventName && row.status === 'active')[0];
}

function setActive(world: World, row: MeterRow, active: boolean): MeterRow {
  const type = active ? 'billing.meter.reactivated' : 'billing.meter.deactivated';
  return world.change(type, row, () => {
    row.status = active ? 'active' : 'inactive';
    row.status_transitions = { deactivated_at: active ? null : world.time.now };
    row.updated = world.time.now;
  });
}

export const meterRoutes = [
  route('POST /v1/billing/meters', Create, createMeter),
  route('GET /v1/billing/meters', listParams({ status: text.optional() }), (world, input) =>
    page(
      '/v1/billing/meters',
      world.meters.where((row) => row.status === (input.status ?? row.status)),
      input,
    ),
  ),
  route('GET /v1/billing/meters/:id', params({}), (world, _, [id]) => world.meters.get(id)),
  route('POST /v1/billing/meters/:id', params({ display_name: text.optional() }), (world, input, [id]) =>
    world.change('billing.meter.updated', world.meters.get(id), (row) => {
      row.display_name = input.display_name ?? row.display_name;
    }),
  ),
  route('POST /v1/billing/meters/:id/deactivate', params({}), (world, _, [id]) =>
    setActive(world, world.meters.get(id), false),
  ),
  route('POST /v1/billing/meters/:id/reactivate', params({}), (world, _, [id]) =>
    setActive(world, world.meters.get(id), true),
  ),
  route('GET /v1/billing/meters/:id/event_summaries', ListSummaries, (world, input, [id]) =>
    listSummaries(world, world.meters.get(id), input),
  ),
];
