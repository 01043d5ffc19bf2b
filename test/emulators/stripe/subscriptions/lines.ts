import type { LineSpec } from '../invoices/line.ts';
import { amountFor } from '../kernel/money.ts';
import type { PriceRow, SubscriptionItemRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { isMetered } from './item.ts';
import type { Period } from './period.ts';

/** What an item costs for its current period, in advance; metered items are billed behind, by `usageLine`. */
export function advanceLine(
  world: World,
  subscription: SubscriptionRow,
  item: SubscriptionItemRow,
  share?: { part: number; whole: number },
): LineSpec {
  const quantity = item.quantity ?? 1;
  const trial = subscription.status === 'trialing';
  const name = nameOf(world, item.price);
  return {
    ...lineFrom(subscription, item, periodOf(item)),
    amount: trial ? 0 : amountFor(item.price, quantity, share),
    description: trial ? `Trial period for ${name}` : `${quantity} × ${name} (at ${rateOf(item.price)})`,
    quantity,
  };
}

/** What an item has used in a period that has ended, or ends now. */
export function usageLine(
  world: World,
  subscription: SubscriptionRow,
  { item, period }: { item: SubscriptionItemRow; period: Period },
): LineSpec {
  const used = world.usageOf(item.price, subscription.customer, period);
  return {
    ...lineFrom(subscription, item, period),
    amount: amountFor(item.price, used),
    description: `${used} × ${nameOf(world, item.price)} (at ${rateOf(item.price)})`,
    quantity: used,
  };
}

/** The lines of the pending invoice items of a subscription, which the next invoice takes. */
export function pendingLines(world: World, subscription: SubscriptionRow): LineSpec[] {
  const pending = world.invoiceItems.where(
    (row) => row.invoice === null && row.parent?.subscription_details?.subscription === subscription.id,
  );
  return pending.map((row) => ({
    amount: row.amount,
    description: row.description ?? '',
    period: row.period,
    price: priceOf(world, row.pricing?.price_details?.price),
    quantity: row.quantity,
    currency: row.currency,
    discountable: row.discountable,
    subscription: subscription.id,
    item: row.parent?.subscription_details?.subscription_item ?? null,
    invoiceItem: row.id,
    proration: row.proration,
  }));
}

function priceOf(world: World, link: unknown): PriceRow | null {
  return typeof link === 'string' ? (world.prices.find(link) ?? null) : null;
}

function lineFrom(subscription: SubscriptionRow, item: SubscriptionItemRow, period: Period) {
  return {
    period,
    price: item.price,
    currency: subscription.currency,
    discountable: true,
    subscription: subscription.id,
    item: item.id,
    invoiceItem: null,
    proration: false,
  } as const;
}

/** In advance for all that is licensed. */
export function advanceLines(
  world: World,
  subscription: SubscriptionRow,
  items: readonly SubscriptionItemRow[],
): LineSpec[] {
  return items.filter((item) => !isMetered(item)).map((item) => advanceLine(world, subscription, item));
}

export function periodOf(item: SubscriptionItemRow): Period {
  return { start: item.current_period_start, end: item.current_period_end };
}

export function nameOf(world: World, price: PriceRow): string {
  return world.products.find(price.product)?.name ?? price.product;
}

function rateOf(price: PriceRow): string {
  const { interval = 'month', interval_count = 1 } = price.recurring ?? {};
  const every = interval_count === 1 ? interval : `every ${interval_count} ${interval}s`;
  return `$${((price.unit_amount ?? 0) / 100).toFixed(2)} / ${every}`;
}
