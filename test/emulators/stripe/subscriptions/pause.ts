import { z } from 'zod';
import { keepDraft } from '../invoices/draft.ts';
import { keepPending } from '../invoices/item.ts';
import { attempt, finalize, methodFor, plan as planInvoice } from '../invoices/lifecycle.ts';
import { invalid } from '../kernel/failure.ts';
import type { InvoiceRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { int, params } from '../wire/params.ts';
import { invoiceLast, usageUntil } from './cancel.ts';
import { changeSubscription } from './due.ts';
import { recurringOf } from './item.ts';
import { advanceLines, pendingLines } from './lines.ts';
import { proration } from './params.ts';
import { pausedBecause } from './paused.ts';
import { periodAt } from './period.ts';
import { creditFor, debitFor } from './prorate.ts';

const when = z.strictObject({ type: z.enum(['none', 'now']) });

export const PauseSubscription = params({
  bill_for: z
    .strictObject({ outstanding_usage_through: when.optional(), unused_time_from: when.optional() })
    .optional(),
  invoicing_behavior: z.enum(['invoice', 'pending_invoice_item']).optional(),
  type: z.literal('subscription').optional(),
});
export const ResumeSubscription = params({
  billing_cycle_anchor: z
    .union([z.enum(['now', 'unchanged']), z.strictObject({ type: z.enum(['now', 'unchanged']) })])
    .optional(),
  payment_behavior: z.enum(['resume_on_payment_attempt', 'resume_on_payment_success']).optional(),
  proration_behavior: proration.optional(),
  proration_date: int.optional(),
});

/** Stops service and billing now (API 2026-09-30); the rest of the period is credited unless told otherwise. */
export function pauseSubscription(
  world: World,
  row: SubscriptionRow,
  input: z.output<typeof PauseSubscription>,
): SubscriptionRow {
  if (row.status !== 'active' && row.status !== 'trialing' && row.status !== 'past_due')
    throw invalid(`You cannot pause a subscription with status ${row.status}.`);
  const at = world.timeOf(row).now;
  const { unused_time_from: unused, outstanding_usage_through: usage } = input.bill_for ?? {};
  const lines = [
    ...(unused?.type === 'none' ? [] : row.items.data.flatMap((item) => creditFor(world, row, { item, at }))),
    ...(usage?.type === 'none' ? [] : usageUntil(world, row, at)),
  ];
  if (input.invoicing_behavior === 'invoice') invoiceLast(world, row, lines);
  else for (const line of lines) keepPending(world, row.customer, line);
  changeSubscription(world, row, () => {
    row.status = 'paused';
    row.status_details = pausedBecause('pause_requested', at);
  });
  world.emit('customer.subscription.paused', row);
  return row;
}

/** Goes on: with a new period from now, or in the old rhythm with the rest of the period charged. */
export function resumeSubscription(
  world: World,
  row: SubscriptionRow,
  input: z.output<typeof ResumeSubscription>,
): SubscriptionRow {
  if (row.status !== 'paused') throw invalid(`You cannot resume a subscription with status ${row.status}.`);
  const { now } = world.timeOf(row);
  const anchor = input.billing_cycle_anchor;
  const unchanged = anchor === 'unchanged' || (typeof anchor === 'object' && anchor.type === 'unchanged');
  const draft = {
    customer: row.customer,
    subscription: row,
    reason: 'subscription_update',
    currency: row.currency,
  };
  let invoice: InvoiceRow | null = null;
  changeSubscription(world, row, () => {
    if (!unchanged) row.billing_cycle_anchor = now;
    for (const item of row.items.data) {
      const period = periodAt(row.billing_cycle_anchor, recurringOf(item.price), now);
      item.current_period_start = period.start;
      item.current_period_end = period.end;
    }
    const lines = unchanged ? restOf(world, row, { input, now }) : advanceLines(world, row, row.items.data);
    invoice = keepDraft(world, { ...draft, lines: [...pendingLines(world, row), ...lines] });
  });
  if (invoice !== null) billResumption(world, row, { invoice, input });
  return row;
}

/** Subscriptions that go on when the invoice of their resumption is paid, by that invoice. */
const awaiting = new WeakMap<SubscriptionRow, string>();

function billResumption(
  world: World,
  row: SubscriptionRow,
  { invoice, input }: { invoice: InvoiceRow; input: z.output<typeof ResumeSubscription> },
): void {
  if (input.payment_behavior === 'resume_on_payment_success') awaiting.set(row, invoice.id);
  else reactivate(world, row);
  finalize(world, invoice);
  const isCharged = invoice.collection_method === 'charge_automatically';
  if (isCharged && methodFor(world, invoice) !== null) attempt(world, invoice, { offSession: true });
  planInvoice(world, invoice);
}

/** The invoice of a resumption that waited for it is paid. */
export function resumeIfAwaited(world: World, row: SubscriptionRow, invoice: InvoiceRow): void {
  if (row.status !== 'paused' || awaiting.get(row) !== invoice.id) return;
  awaiting.delete(row);
  reactivate(world, row);
}

/** Stripe pauses by itself: a payment failed for good, or for reasons of its own. */
export function pauseBecause(
  world: World,
  row: SubscriptionRow,
  reason: 'first_payment_failure' | 'final_payment_failure' | 'system',
): void {
  changeSubscription(world, row, () => {
    row.status = 'paused';
    row.status_details = pausedBecause(reason, world.timeOf(row).now);
  });
  world.emit('customer.subscription.paused', row);
}

function restOf(
  world: World,
  row: SubscriptionRow,
  { input, now }: { input: z.output<typeof ResumeSubscription>; now: number },
) {
  if (input.proration_behavior === 'none') return [];
  return row.items.data.flatMap((item) => debitFor(world, row, { item, at: input.proration_date ?? now }));
}

/** The pause is over; payment may yet fail, as for any subscription. */
function reactivate(world: World, row: SubscriptionRow): void {
  changeSubscription(world, row, () => {
    row.status = 'active';
    delete row.status_details;
  });
  world.emit('customer.subscription.resumed', row);
}
