import type { z } from 'zod';
import type { SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { params } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { cancelNow } from './cancel.ts';
import { createSubscription } from './create.ts';
import { isEnded } from './due.ts';
import { CancelSubscription, CreateSubscription, ListSubscriptions, UpdateSubscription } from './params.ts';
import { PauseSubscription, pauseSubscription, ResumeSubscription, resumeSubscription } from './pause.ts';
import { updateSubscription } from './update.ts';

type ListInput = z.output<typeof ListSubscriptions>;

/** Without a status all are listed that have not ended by cancellation, as Stripe does. */
function filter(input: ListInput): (row: SubscriptionRow) => boolean {
  return (row) =>
    row.customer === (input.customer ?? row.customer) &&
    (input.test_clock === undefined || row.test_clock === input.test_clock) &&
    (input.price === undefined || row.items.data.some((item) => item.price.id === input.price)) &&
    hasStatus(row, input.status);
}

function hasStatus(row: SubscriptionRow, status: ListInput['status']): boolean {
  if (status === 'all') return true;
  if (status === 'ended') return isEnded(row);
  return status === undefined ? row.status !== 'canceled' : row.status === status;
}

/** Of a customer that was deleted all is listed as before; one that never was is refused. */
function list(world: World, input: ListInput) {
  const { customer } = input;
  if (customer !== undefined && world.deleted.find(customer) === undefined)
    world.customers.get(customer, 'customer');
  return page('/v1/subscriptions', world.subscriptions.where(filter(input)), input);
}

export const subscriptionRoutes = [
  route('POST /v1/subscriptions', CreateSubscription, createSubscription),
  route('GET /v1/subscriptions', ListSubscriptions, list),
  route('GET /v1/subscriptions/:id', params({}), (world, _, [id]) => world.subscriptions.get(id)),
  route('POST /v1/subscriptions/:id', UpdateSubscription, (world, input, [id]) =>
    updateSubscription(world, world.subscriptions.get(id), input),
  ),
  route('DELETE /v1/subscriptions/:id', CancelSubscription, (world, input, [id]) => {
    const row = world.subscriptions.get(id);
    cancelNow(world, row, input);
    return row;
  }),
  route('POST /v1/subscriptions/:id/pause', PauseSubscription, (world, input, [id]) =>
    pauseSubscription(world, world.subscriptions.get(id), input),
  ),
  route('POST /v1/subscriptions/:id/resume', ResumeSubscription, (world, input, [id]) =>
    resumeSubscription(world, world.subscriptions.get(id), input),
  ),
];
