import type Stripe from 'stripe';
import { missing } from '../kernel/failure.ts';
import type { SubscriptionItemRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { listParams, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { type ItemChange, ItemInput, type SubscriptionUpdate, UpdateSubscription } from './params.ts';
import { updateSubscription } from './update.ts';

// Each change of an item is the update of its subscription that names this item alone.

const { payment_behavior, proration_behavior, proration_date } = UpdateSubscription.shape;
const billing = { payment_behavior, proration_behavior, proration_date };
const CreateItem = params({ ...ItemInput.shape, ...billing, subscription: text });
const UpdateItem = params({ ...ItemInput.shape, ...billing });
const DeleteItem = params({ clear_usage: ItemInput.shape.clear_usage, ...billing });

type Billing = Pick<SubscriptionUpdate, keyof typeof billing>;

function billingOf(input: Billing): Billing {
  const { payment_behavior: payment, proration_behavior: behavior, proration_date: date } = input;
  return { payment_behavior: payment, proration_behavior: behavior, proration_date: date };
}

/** What the input says of the item, without what it says of billing. */
function changeOf(input: ItemChange, id?: string): ItemChange {
  const { price, price_data, quantity, metadata } = input;
  return { ...(id === undefined ? {} : { id }), price, price_data, quantity, metadata };
}

function holderOf(world: World, item: string): SubscriptionRow {
  const [row] = world.subscriptions.where((held) => held.items.data.some(({ id }) => id === item));
  if (row === undefined) throw missing('subscription_item', item, 'id');
  return row;
}

function itemOf(row: SubscriptionRow, id: string): SubscriptionItemRow {
  const item = row.items.data.find((held) => held.id === id) ?? row.items.data.at(-1);
  if (item === undefined) throw missing('subscription_item', id, 'id');
  return item;
}

export const itemRoutes = [
  route('GET /v1/subscription_items', listParams({ subscription: text }), (world, input) => {
    const { items } = world.subscriptions.get(input.subscription, 'subscription');
    return page('/v1/subscription_items', items.data.toReversed(), input);
  }),
  route('POST /v1/subscription_items', CreateItem, (world, input) => {
    const row = world.subscriptions.get(input.subscription, 'subscription');
    return itemOf(updateSubscription(world, row, { ...billingOf(input), items: [changeOf(input)] }), '');
  }),
  route('GET /v1/subscription_items/:id', params({}), (world, _, [id]) => itemOf(holderOf(world, id), id)),
  route('POST /v1/subscription_items/:id', UpdateItem, (world, input, [id]) => {
    const update = { ...billingOf(input), items: [changeOf(input, id)] };
    return itemOf(updateSubscription(world, holderOf(world, id), update), id);
  }),
  route('DELETE /v1/subscription_items/:id', DeleteItem, (world, input, [id]) => {
    updateSubscription(world, holderOf(world, id), { ...billingOf(input), items: [{ id, deleted: true }] });
    return { id, object: 'subscription_item', deleted: true } satisfies Stripe.DeletedSubscriptionItem;
  }),
];
