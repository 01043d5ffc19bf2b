import type Stripe from 'stripe';
import type { Credited } from '../invoices/line.ts';
import type { InvoiceItemRow, SubscriptionItemRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import type { Period } from './period.ts';

/** A charge for an item's running period, of which flexible billing gives part back. */
export interface Debit {
  readonly amount: number;
  readonly period: Period;
  readonly source: Credited;
}

/** All charges, invoiced or pending, for the item's period that holds `at`, but those given back already. */
export function debitsFor(world: World, item: SubscriptionItemRow, at: number): Debit[] {
  const spent = spentOf(world, item.id);
  const holds = (period: Period) =>
    period.start <= at && at < period.end && period.end === item.current_period_end;
  const pending = itemsOf(world, item.id)
    .filter((row) => row.invoice === null && row.amount > 0 && holds(row.period) && !spent.has(row.id))
    .map((row) => ({ amount: row.amount, period: row.period, source: { invoiceItem: row.id } }));
  const invoiced = linesOf(world, item.id)
    .filter(({ line, details }) => line.amount > 0 && holds(line.period) && !isSpent(spent, line, details))
    .map(({ line, invoice }) => ({
      amount: line.amount - discountOf(line),
      period: line.period,
      source: { invoice, line: line.id },
    }));
  return [...invoiced, ...pending];
}

type ItemDetails = Stripe.InvoiceLineItem.Parent.SubscriptionItemDetails;

function linesOf(world: World, item: string) {
  // What a change that waits would charge is no charge of the plan that holds.
  const held = new Set([...world.heldUpdates.values()].map(({ invoice }) => invoice));
  return world.invoices
    .where((invoice) => invoice.status !== 'void' && !held.has(invoice.id))
    .flatMap((invoice) => invoice.lines.data.map((line) => ({ line, invoice: invoice.id })))
    .flatMap(({ line, invoice }) => {
      const details = line.parent?.subscription_item_details;
      return details?.subscription_item === item ? [{ line, invoice, details }] : [];
    });
}

function itemsOf(world: World, item: string): InvoiceItemRow[] {
  return world.invoiceItems.where((row) => row.parent?.subscription_details?.subscription_item === item);
}

/** The ids of lines and invoice items that some credit has given back. */
function spentOf(world: World, item: string): Set<string> {
  const invoiced = linesOf(world, item).flatMap(
    ({ details }) => details.proration_details?.credited_items?.invoice_line_items ?? [],
  );
  const kept = itemsOf(world, item).flatMap((row) => {
    const credited = row.proration_details?.credited_items;
    return [
      credited?.invoice_item ?? [],
      credited?.invoice_line_item_details?.invoice_line_items ?? [],
    ].flat();
  });
  return new Set([...invoiced, ...kept]);
}

function isSpent(spent: ReadonlySet<string>, line: Stripe.InvoiceLineItem, details: ItemDetails): boolean {
  return spent.has(line.id) || (details.invoice_item !== null && spent.has(details.invoice_item));
}

function discountOf(line: Stripe.InvoiceLineItem): number {
  return (line.discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);
}
