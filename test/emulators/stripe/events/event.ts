import { z } from 'zod';
import { page } from '../wire/page.ts';
import { bool, listParams, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';

const List = listParams({
  delivery_success: bool.optional(),
  type: text.optional(),
  types: z.array(text).max(20).optional(),
});

/** Stripe lists the events of the last 30 days. */
const listedSeconds = 30 * 86_400;

export const eventRoutes = [
  route('GET /v1/events', List, (world, input) =>
    page(
      '/v1/events',
      world.events.where(
        (row) =>
          row.created > world.time.now - listedSeconds &&
          matches(row.type, input.type) &&
          (input.types?.includes(row.type) ?? true) &&
          (input.delivery_success === undefined || (row.pending_webhooks === 0) === input.delivery_success),
      ),
      input,
    ),
  ),
  route('GET /v1/events/:id', params({}), (world, _, [id]) => world.events.get(id)),
];

/** A type, or a group of them: `customer.*`. */
export function matches(type: string, pattern: string | undefined): boolean {
  if (pattern === undefined || pattern === '*') return true;
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}
