import { subscriptionOf } from '../invoices/draft.ts';
import type { InvoiceRow, SubscriptionRow, SubscriptionStatus } from '../kernel/rows.ts';
import { payWithinSeconds } from '../kernel/settings.ts';
import type { World } from '../kernel/world.ts';
import { endSubscription, expireIncomplete, invoiceLast, unpaidOf, usageUntil } from './cancel.ts';
import { changeSubscription, touch } from './due.ts';
import { pauseBecause, resumeIfAwaited } from './pause.ts';
import { applyHeld, expireHeld } from './pending.ts';
import { renew } from './renew.ts';
import { endTrial } from './trial.ts';

/** Makes subscriptions follow time and their invoices. */
export function bringToLife(world: World): void {
  world.hooks.subscriptionDue.push((row) => pass(world, row));
  world.hooks.invoicePaid.push((invoice) => onPaid(world, invoice));
  world.hooks.invoiceFailed.push((invoice) => onFailed(world, invoice));
  world.hooks.invoiceVoided.push((invoice) => {
    const row = subscriptionOf(world, invoice);
    if (row !== undefined && world.heldUpdates.get(row.id)?.invoice === invoice.id) expireHeld(world, row);
  });
}

/** Does what is due now, one thing at a time; `touch` plans the rest. */
function pass(world: World, row: SubscriptionRow): void {
  const { now } = world.timeOf(row);
  if (row.status === 'incomplete') {
    if (now >= row.created + payWithinSeconds) expireIncomplete(world, row);
  } else if (row.pending_update !== null && row.pending_update.expires_at <= now) expireHeld(world, row);
  else if (row.pause_collection?.resumes_at != null && row.pause_collection.resumes_at <= now)
    changeSubscription(world, row, () => {
      row.pause_collection = null;
    });
  else if (row.cancel_at !== null && row.cancel_at <= now) endAsWished(world, row);
  else if (row.status === 'trialing' && row.trial_end !== null && row.trial_end <= now) endTrial(world, row);
  else renew(world, row);
}

function endAsWished(world: World, row: SubscriptionRow): void {
  invoiceLast(world, row, usageUntil(world, row, world.timeOf(row).now));
  endSubscription(world, row, 'cancellation_requested');
}

function onPaid(world: World, invoice: InvoiceRow): void {
  const row = subscriptionOf(world, invoice);
  if (row === undefined) return;
  applyHeld(world, row, invoice);
  const isLatest = row.latest_invoice === invoice.id;
  if (isLatest && (row.status === 'incomplete' || row.status === 'past_due' || row.status === 'unpaid'))
    setStatus(world, row, 'active');
  resumeIfAwaited(world, row, invoice);
}

function onFailed(world: World, invoice: InvoiceRow): void {
  const row = subscriptionOf(world, invoice);
  if (row === undefined || world.heldUpdates.get(row.id)?.invoice === invoice.id) return;
  const isSent = invoice.collection_method === 'send_invoice';
  if (isSent && world.timeOf(invoice).now < (invoice.due_date ?? 0)) return;
  if ((invoice.billing_reason === 'subscription_create' && !isSent) || row.status === 'incomplete') return;
  if (row.status === 'active') setStatus(world, row, 'past_due');
  const isLast =
    invoice.next_payment_attempt === null &&
    invoice.auto_advance === true &&
    invoice.attempt_count > world.settings.retryDays.length;
  if (isLast && row.status === 'past_due') giveUp(world, row);
}

/** The last retry failed: as the account's settings say. */
function giveUp(world: World, row: SubscriptionRow): void {
  const { afterLastRetry } = world.settings;
  if (afterLastRetry === 'cancel') endSubscription(world, row, 'payment_failed');
  else if (afterLastRetry === 'pause') pauseBecause(world, row, 'final_payment_failure');
  else if (afterLastRetry === 'unpaid') {
    for (const draft of unpaidOf(world, row)) draft.auto_advance = draft.status !== 'draft';
    setStatus(world, row, 'unpaid');
  }
}

function setStatus(world: World, row: SubscriptionRow, status: SubscriptionStatus): void {
  if (!world.subscriptions.find(row.id)) return;
  world.change('customer.subscription.updated', row, () => {
    row.status = status;
  });
  touch(world, row);
}
