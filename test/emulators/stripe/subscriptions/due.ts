import type { SubscriptionRow } from '../kernel/rows.ts';
import { payWithinSeconds } from '../kernel/settings.ts';
import type { World } from '../kernel/world.ts';

const living: readonly string[] = ['trialing', 'active', 'past_due', 'unpaid'];

export function isEnded(row: SubscriptionRow): boolean {
  return row.status === 'canceled' || row.status === 'incomplete_expired';
}

/** When something next happens to a subscription by itself, if ever. */
export function dueAt(row: SubscriptionRow): number | null {
  if (row.status === 'incomplete') return row.created + payWithinSeconds;
  const at = [row.cancel_at, row.pending_update?.expires_at, row.pause_collection?.resumes_at];
  if (living.includes(row.status)) at.push(...row.items.data.map((item) => item.current_period_end));
  const known = at.filter((instant) => typeof instant === 'number');
  return isEnded(row) || known.length === 0 ? null : Math.min(...known);
}

/** After each change: plans what is due next, and tells those who follow subscriptions. */
export function touch(world: World, row: SubscriptionRow): void {
  const time = world.timeOf(row);
  time.set(`subscription:${row.id}`, dueAt(row), () => {
    for (const run of world.hooks.subscriptionDue) run(row);
  });
  for (const told of world.hooks.subscriptionChanged) told(row);
}

/** Changes a subscription with its event; see `touch`. */
export function changeSubscription(
  world: World,
  row: SubscriptionRow,
  mutate: (row: SubscriptionRow) => void,
): SubscriptionRow {
  world.change('customer.subscription.updated', row, mutate);
  touch(world, row);
  return row;
}
