import type Stripe from 'stripe';
import { z } from 'zod';
import { StripeFailure } from '../kernel/failure.ts';
import type { DestinationRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { route } from '../wire/route.ts';

// The second version of the API takes JSON, and times as text.

const Create = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  type: z.literal('webhook_endpoint'),
  event_payload: z.literal('thin'),
  enabled_events: z.array(z.string()).min(1),
  include: z.array(z.string()).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  webhook_endpoint: z.strictObject({ url: z.url() }),
});

/** Makes a destination of thin events; its secret is told where `include` asks for it. */
export function createDestination(world: World, input: z.output<typeof Create>): DestinationRow {
  const now = new Date(world.time.now * 1000).toISOString();
  const row: DestinationRow = {
    id: world.ids.next('ed_test'),
    object: 'v2.core.event_destination',
    created: now,
    description: input.description ?? '',
    enabled_events: input.enabled_events,
    event_payload: 'thin',
    livemode: false,
    metadata: input.metadata ?? {},
    name: input.name,
    status: 'enabled',
    type: 'webhook_endpoint',
    updated: now,
    webhook_endpoint: { url: input.webhook_endpoint.url },
  } satisfies Stripe.V2.Core.EventDestination;
  world.destinations.add(row);
  const secret = `whsec_${world.ids.text(32)}`;
  world.secrets.set(row.id, [secret]);
  return { ...row, webhook_endpoint: { url: input.webhook_endpoint.url, signing_secret: secret } };
}

const ListEvents = z.strictObject({
  limit: z.coerce.number().optional(),
  object_id: z.string().optional(),
  types: z.array(z.string()).optional(),
  page: z.string().optional(),
});

/** A page of the second version: newest first, with a link to the next. */
function listEvents(world: World, input: z.output<typeof ListEvents>) {
  const rows = world.thinEvents
    .where((row) => row.related_object?.id === (input.object_id ?? row.related_object?.id))
    .filter((row) => input.types?.includes(row.type) ?? true)
    .toReversed();
  const start = Number(input.page ?? 0);
  const end = start + (input.limit ?? 20);
  const more = new URLSearchParams({ page: String(end), limit: String(input.limit ?? 20) });
  if (input.object_id !== undefined) more.set('object_id', input.object_id);
  for (const type of input.types ?? []) more.append('types[]', type);
  return {
    data: rows.slice(start, end),
    next_page_url: end < rows.length ? `/v2/core/events?${more}` : null,
    previous_page_url: null,
  };
}

const nothing = z.strictObject({ include: z.array(z.string()).optional() });

export const destinationRoutes = [
  route('POST /v2/core/event_destinations', Create, createDestination),
  route(
    'GET /v2/core/event_destinations',
    z.strictObject({ limit: z.coerce.number().optional() }),
    (world) => ({
      data: world.destinations.all.toReversed(),
      next_page_url: null,
      previous_page_url: null,
    }),
  ),
  route('GET /v2/core/event_destinations/:id', nothing, (world, _, [id]) => world.destinations.get(id)),
  route('POST /v2/core/event_destinations/:id/disable', nothing, (world, _, [id]) => {
    const row = world.destinations.get(id);
    row.status = 'disabled';
    return row;
  }),
  route('DELETE /v2/core/event_destinations/:id', nothing, (world, _, [id]) => {
    world.destinations.get(id);
    world.destinations.remove(id);
    return { id, object: 'v2.core.event_destination', deleted: true };
  }),
  route('GET /v2/core/events', ListEvents, listEvents),
  route('GET /v2/core/events/:id', nothing, (world, _, [id]) => {
    const row = world.thinEvents.find(id);
    if (row !== undefined) return row;
    throw new StripeFailure(404, { type: 'not_found', code: 'not_found', message: `No such event: '${id}'` });
  }),
];
