import { keepDraft } from '../invoices/draft.ts';
import { keepPending } from '../invoices/item.ts';
import { collect, finalize, voidInvoice } from '../invoices/lifecycle.ts';
import type { LineSpec } from '../invoices/line.ts';
import { StripeFailure } from '../kernel/failure.ts';
import type { InvoiceRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { isEnded, touch } from './due.ts';
import { isMetered } from './item.ts';
import { pendingLines, usageLine } from './lines.ts';
import { creditFor } from './prorate.ts';

type Reason = 'cancellation_requested' | 'payment_failed' | 'payment_disputed';

/** Ends a subscription now and for ever; its unpaid invoices are collected no further. */
export function endSubscription(world: World, row: SubscriptionRow, reason: Reason): void {
  const { now } = world.timeOf(row);
  row.status = 'canceled';
  row.ended_at = now;
  row.canceled_at ??= now;
  row.pause_collection = null;
  row.pending_update = null;
  if (row.cancellation_details !== null) row.cancellation_details.reason ??= reason;
  for (const invoice of unpaidOf(world, row)) {
    invoice.auto_advance = false;
    world.timeOf(invoice).set(`invoice:${invoice.id}`, null, () => {});
  }
  world.emit('customer.subscription.deleted', row);
  touch(world, row);
}

export function unpaidOf(world: World, row: SubscriptionRow): InvoiceRow[] {
  return world.invoices.where(
    (invoice) =>
      invoice.parent?.subscription_details?.subscription === row.id &&
      (invoice.status === 'open' || invoice.status === 'draft'),
  );
}

/** `subscriptions.cancel`: at once; with `prorate` the rest of the period is given back, with `invoice_now` billed now. */
export function cancelNow(
  world: World,
  row: SubscriptionRow,
  options: { prorate?: boolean | undefined; invoice_now?: boolean | undefined },
): void {
  if (isEnded(row))
    throw new StripeFailure(404, {
      type: 'invalid_request_error',
      code: 'resource_missing',
      message: `No such subscription: '${row.id}'`,
      param: 'id',
    });
  if (row.status === 'incomplete') {
    expireIncomplete(world, row);
    return;
  }
  const at = world.timeOf(row).now;
  const credits =
    options.prorate === true ? row.items.data.flatMap((item) => creditFor(world, row, { item, at })) : [];
  if (options.prorate !== true && options.invoice_now !== true) dropProrations(world, row);
  for (const invoice of unpaidOf(world, row)) if (invoice.status === 'draft') invoice.auto_advance = false;
  if (options.invoice_now === true) invoiceLast(world, row, [...credits, ...usageUntil(world, row, at)]);
  else for (const credit of credits) keepPending(world, row.customer, credit);
  if (row.cancellation_details !== null) row.cancellation_details.reason = 'cancellation_requested';
  endSubscription(world, row, 'cancellation_requested');
}

/** Cancelled at once, with neither proration nor invoice, a subscription leaves no pending proration behind. */
function dropProrations(world: World, row: SubscriptionRow): void {
  const pending = world.invoiceItems.where(
    (item) =>
      item.invoice === null && item.proration && item.parent?.subscription_details?.subscription === row.id,
  );
  for (const item of pending) {
    world.invoiceItems.remove(item.id);
    world.emit('invoiceitem.deleted', item);
  }
}

/** What metered items have used up to an instant, for a last invoice. */
export function usageUntil(world: World, row: SubscriptionRow, at: number): LineSpec[] {
  return row.items.data
    .filter(isMetered)
    .map((item) => usageLine(world, row, { item, period: { start: item.current_period_start, end: at } }))
    .filter((line) => line.amount !== 0);
}

/** The last invoice of a subscription, if there is anything to bill. */
export function invoiceLast(world: World, row: SubscriptionRow, added: readonly LineSpec[]): void {
  const lines = [...pendingLines(world, row), ...added];
  if (lines.length === 0) return;
  const invoice = keepDraft(world, {
    customer: row.customer,
    subscription: row,
    reason: 'subscription_update',
    lines,
    currency: row.currency,
  });
  finalize(world, invoice);
  collect(world, invoice);
}

/** The first payment did not come in 23 hours, or was given up. */
export function expireIncomplete(world: World, row: SubscriptionRow): void {
  const { now } = world.timeOf(row);
  for (const invoice of unpaidOf(world, row)) if (invoice.status === 'open') voidInvoice(world, invoice);
  row.status = 'incomplete_expired';
  row.ended_at = now;
  row.canceled_at ??= now;
  world.emit('customer.subscription.updated', row, { status: 'incomplete', ended_at: null });
  touch(world, row);
}

/** A deleted customer keeps no subscription. */
export function endForDeletedCustomer(world: World, customer: string): void {
  for (const row of world.subscriptions.where((held) => held.customer === customer && !isEnded(held)))
    endSubscription(world, row, 'cancellation_requested');
}
