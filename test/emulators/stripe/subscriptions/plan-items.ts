import { planOf } from '../catalog/plan.ts';
import { invalid } from '../kernel/failure.ts';
import type { SubscriptionItemRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { mergeMetadata } from '../wire/params.ts';
import { isMetered, newItem, recurringOf } from './item.ts';
import { priceOf } from './item-input.ts';
import type { ItemChange } from './params.ts';
import { periodAt } from './period.ts';

/** The items after the changes asked for; those not named stay as they are. */
export function itemsAfter(
  world: World,
  row: SubscriptionRow,
  changes: readonly ItemChange[],
): SubscriptionItemRow[] {
  let items = row.items.data.map((item) => ({ ...item }));
  for (const [index, change] of changes.entries()) {
    if (change.id === undefined) items = [...items, added(world, row, { change, index })];
    else if (change.deleted === true)
      items = items.filter((item) => item.id !== place(items, change.id, index).id);
    else alter(world, place(items, change.id, index), { change, index });
  }
  if (items.length === 0) throw invalid('A subscription must have at least one active item.');
  refuseTwice(items);
  return items;
}

function place(items: SubscriptionItemRow[], id: string | undefined, index: number): SubscriptionItemRow {
  const found = items.find((item) => item.id === id);
  if (found === undefined)
    throw invalid(`No such subscription item: '${id}'`, {
      param: `items[${index}][id]`,
      code: 'resource_missing',
    });
  return found;
}

function added(
  world: World,
  row: SubscriptionRow,
  { change, index }: { change: ItemChange; index: number },
): SubscriptionItemRow {
  const price = priceOf(world, change, index);
  const { now } = world.timeOf(row);
  const period =
    row.status === 'trialing' && row.trial_end !== null
      ? { start: now, end: row.trial_end }
      : periodAt(row.billing_cycle_anchor, recurringOf(price), now);
  return newItem(world, { subscription: row.id, price, quantity: change.quantity, period, now });
}

function alter(
  world: World,
  item: SubscriptionItemRow,
  { change, index }: { change: ItemChange; index: number },
): void {
  if (change.price !== undefined || change.price_data !== undefined) {
    item.price = priceOf(world, change, index);
    item.plan = planOf(item.price);
    if (isMetered(item)) delete item.quantity;
    else item.quantity = change.quantity ?? item.quantity ?? 1;
  } else if (change.quantity !== undefined) item.quantity = change.quantity;
  item.metadata = mergeMetadata(item.metadata, change.metadata);
}

function refuseTwice(items: readonly SubscriptionItemRow[]): void {
  const prices = new Set(items.map((item) => item.price.id));
  if (prices.size < items.length)
    throw invalid('Cannot add multiple subscription items with the same plan.', { param: 'items' });
}

/** Whether an item is billed otherwise than before. */
export function isChanged(
  before: SubscriptionItemRow | undefined,
  after: SubscriptionItemRow | undefined,
): boolean {
  return before?.price.id !== after?.price.id || before?.quantity !== after?.quantity;
}

export function hasOtherInterval(before: SubscriptionItemRow, after: SubscriptionItemRow): boolean {
  const [old, next] = [recurringOf(before.price), recurringOf(after.price)];
  return old.interval !== next.interval || old.interval_count !== next.interval_count;
}
