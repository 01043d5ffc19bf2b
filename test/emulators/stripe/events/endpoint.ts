import type Stripe from 'stripe';
import { z } from 'zod';
import type { EndpointRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { bool, listParams, mergeMetadata, metadata, orUnset, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { checkVersion } from '../wire/versions.ts';

const Create = params({
  api_version: text.optional(),
  connect: bool.optional(),
  description: orUnset(text).optional(),
  enabled_events: z.array(text).min(1),
  metadata: metadata.optional(),
  url: z.url(),
});
const Update = params({
  description: orUnset(text).optional(),
  disabled: bool.optional(),
  enabled_events: z.array(text).min(1).optional(),
  metadata: metadata.optional(),
  url: z.url().optional(),
});

/** Makes an endpoint; the secret is in the answer to its making and nowhere after, as with Stripe. */
export function createEndpoint(world: World, input: z.output<typeof Create>): EndpointRow {
  const row: EndpointRow = {
    id: world.ids.next('we'),
    object: 'webhook_endpoint',
    api_version: input.api_version === undefined ? null : checkVersion(input.api_version),
    application: null,
    created: world.time.now,
    description: input.description || null,
    enabled_events: input.enabled_events,
    livemode: false,
    metadata: mergeMetadata({}, input.metadata),
    status: 'enabled',
    url: input.url,
  } satisfies Stripe.WebhookEndpoint;
  world.endpoints.add(row);
  const secret = `whsec_${world.ids.text(32)}`;
  world.secrets.set(row.id, [secret]);
  return { ...row, secret };
}

export const endpointRoutes = [
  route('POST /v1/webhook_endpoints', Create, createEndpoint),
  route('GET /v1/webhook_endpoints', listParams({}), (world, input) =>
    page('/v1/webhook_endpoints', world.endpoints.all, input),
  ),
  route('GET /v1/webhook_endpoints/:id', params({}), (world, _, [id]) => world.endpoints.get(id)),
  route('POST /v1/webhook_endpoints/:id', Update, (world, input, [id]) => {
    const row = world.endpoints.get(id);
    row.url = input.url ?? row.url;
    row.enabled_events = input.enabled_events ?? row.enabled_events;
    row.metadata = mergeMetadata(row.metadata, input.metadata);
    if (input.disabled !== undefined) row.status = input.disabled ? 'disabled' : 'enabled';
    return row;
  }),
  route('DELETE /v1/webhook_endpoints/:id', params({}), (world, _, [id]) => {
    world.endpoints.get(id);
    world.endpoints.remove(id);
    return { id, object: 'webhook_endpoint', deleted: true } satisfies Stripe.DeletedWebhookEndpoint;
  }),
];
