import type Stripe from 'stripe';
import type { SubscriptionItemRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import type { Period } from './period.ts';

/** A charge for an item's running period: what flexible billing gives part of back. */
export interface Debit {
  readonly amount: number;
  readonly period: Period;
  /** Absent while the charge is pending. */
  readonly source?: { readonly invoice: string; readonly lines: readonly string[] };
}

/** The newest charge, invoiced or pending, for the item as it stands, over a period that holds `at`. */
export function findDebit(world: World, item: SubscriptionItemRow, at: number): Debit | null {
  return pendingDebit(world, item, at) ?? invoicedDebit(world, item, at);
}

function pendingDebit(world: World, item: SubscriptionItemRow, at: number): Debit | null {
  const found = world.invoiceItems
    .where(
      (row) =>
        row.invoice === null &&
        row.amount >= 0 &&
        row.parent?.subscription_details?.subscription_item === item.id &&
        row.pricing?.price_details?.price === item.price.id &&
        holds(row.period, item, at),
    )
    .at(-1);
  return found === undefined ? null : { amount: found.amount, period: found.period };
}

function invoicedDebit(world: World, item: SubscriptionItemRow, at: number): Debit | null {
  for (const invoice of world.invoices.all.toReversed()) {
    if (invoice.status === 'void' || invoice.status === 'draft') continue;
    const line = invoice.lines.data.findLast((candidate) => isDebit(candidate, item, at));
    if (line === undefined) continue;
    const discounted = (line.discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);
    const source = { invoice: invoice.id, lines: [line.id] };
    return { amount: line.amount - discounted, period: line.period, source };
  }
  return null;
}

function isDebit(line: Stripe.InvoiceLineItem, item: SubscriptionItemRow, at: number): boolean {
  return (
    line.amount >= 0 &&
    line.parent?.subscription_item_details?.subscription_item === item.id &&
    line.pricing?.price_details?.price === item.price.id &&
    line.quantity === (item.quantity ?? null) &&
    holds(line.period, item, at)
  );
}

function holds(period: Period, item: SubscriptionItemRow, at: number): boolean {
  return period.start <= at && at < period.end && period.end === item.current_period_end;
}
