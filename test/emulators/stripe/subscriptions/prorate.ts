import { afterDiscounts } from '../invoices/discounting.ts';
import type { LineSpec } from '../invoices/line.ts';
import { amountFor, partOf } from '../kernel/money.ts';
import type { SubscriptionItemRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { debitsFor } from './debits.ts';
import { isMetered } from './item.ts';
import { nameOf, periodOf } from './lines.ts';

/** What is given back for the rest of an item's period. Nothing for what is metered, is free on trial, or has ended. */
export function creditFor(
  world: World,
  subscription: SubscriptionRow,
  { item, at }: { item: SubscriptionItemRow; at: number },
): LineSpec[] {
  const { start, end } = periodOf(item);
  if (isMetered(item) || subscription.status === 'trialing' || at >= end) return [];
  const line = {
    ...prorationOf(subscription, item),
    description: `Unused time on ${nameOf(world, item.price)} after ${dateOf(at)}`,
    period: { start: at, end },
  };
  // Flexible gives back part of each charge; classic part of what the item costs now.
  if (subscription.billing_mode.type === 'flexible')
    return debitsFor(world, item, at).map(({ amount, period, source }) => ({
      ...line,
      amount: -partOf(amount, { part: end - at, whole: period.end - period.start }),
      credited: source,
    }));
  const now = afterDiscounts(world, subscription, amountFor(item.price, item.quantity ?? 1));
  const amount = partOf(now, { part: end - at, whole: end - start });
  return amount === 0 ? [] : [{ ...line, amount: -amount }];
}

/** What is charged for the rest of the period of an item that has come or changed. */
export function debitFor(
  world: World,
  subscription: SubscriptionRow,
  { item, at }: { item: SubscriptionItemRow; at: number },
): LineSpec[] {
  const { start, end } = periodOf(item);
  if (isMetered(item) || subscription.status === 'trialing' || at >= end) return [];
  const full = afterDiscounts(world, subscription, amountFor(item.price, item.quantity ?? 1));
  return [
    {
      ...prorationOf(subscription, item),
      amount: partOf(full, { part: end - at, whole: end - start }),
      description: `Remaining time on ${nameOf(world, item.price)} after ${dateOf(at)}`,
      period: { start: at, end },
    },
  ];
}

function prorationOf(subscription: SubscriptionRow, item: SubscriptionItemRow) {
  return {
    price: item.price,
    quantity: item.quantity ?? null,
    currency: subscription.currency,
    discountable: false,
    subscription: subscription.id,
    item: item.id,
    invoiceItem: null,
    proration: true,
  } as const;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function dateOf(at: number): string {
  const date = new Date(at * 1000);
  return `${String(date.getUTCDate()).padStart(2, '0')} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
