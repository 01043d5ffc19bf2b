import type { DraftSpec } from '../invoices/draft.ts';
import { keepDraft } from '../invoices/draft.ts';
import { attempt, finalize, voidInvoice } from '../invoices/lifecycle.ts';
import { invalid } from '../kernel/failure.ts';
import type { InvoiceRow, SubscriptionRow } from '../kernel/rows.ts';
import { payWithinSeconds } from '../kernel/settings.ts';
import type { World } from '../kernel/world.ts';
import { changeSubscription, touch } from './due.ts';
import type { SubscriptionUpdate } from './params.ts';
import type { UpdatePlan } from './plan-update.ts';

const supported = new Set([
  'expand',
  'items',
  'off_session',
  'payment_behavior',
  'proration_behavior',
  'proration_date',
  'billing_cycle_anchor',
  'trial_end',
  'trial_from_plan',
  'discounts',
]);

/** https://docs.stripe.com/billing/subscriptions/pending-updates-reference */
export function refuseUnsupported(row: SubscriptionRow, input: SubscriptionUpdate): void {
  if (row.collection_method === 'send_invoice')
    throw invalid(
      '`payment_behavior=pending_if_incomplete` is only supported for subscriptions with `collection_method=charge_automatically`.',
      { param: 'payment_behavior' },
    );
  const wrong = Object.keys(input).find((key) => !supported.has(key));
  if (wrong !== undefined)
    throw invalid(
      `When \`payment_behavior\` is set to \`pending_if_incomplete\`, you can only pass supported params: ${[...supported].join(', ')}.`,
      { param: wrong },
    );
}

/** The change waits, with its invoice, until that is paid; the subscription stays as it was. */
export function holdUpdate(
  world: World,
  row: SubscriptionRow,
  { plan, draft }: { plan: UpdatePlan; draft: DraftSpec },
): SubscriptionRow {
  dropHeld(world, row);
  const { now } = world.timeOf(row);
  const invoice = keepDraft(world, { ...draft, autoAdvance: false });
  world.heldUpdates.set(row.id, { next: plan.next, invoice: invoice.id });
  changeSubscription(world, row, () => {
    row.pending_update = {
      billing_cycle_anchor:
        plan.next.billing_cycle_anchor === row.billing_cycle_anchor ? null : plan.next.billing_cycle_anchor,
      cancel_at_period_end: null,
      discount: null,
      discounts: null,
      expires_at: Math.min(now + payWithinSeconds, ...row.items.data.map((item) => item.current_period_end)),
      metadata: null,
      subscription_items: plan.next.items.data,
      trial_end: plan.next.trial_end === row.trial_end ? null : plan.next.trial_end,
      trial_from_plan: null,
    };
  });
  finalize(world, invoice);
  attempt(world, invoice, { offSession: false });
  return row;
}

/** A newer update takes the place of one that waits. */
export function dropHeld(world: World, row: SubscriptionRow): void {
  const held = world.heldUpdates.get(row.id);
  world.heldUpdates.delete(row.id);
  row.pending_update = null;
  const invoice = held && world.invoices.find(held.invoice);
  if (invoice?.status === 'open') voidInvoice(world, invoice);
}

/** The invoice of a held update is paid: the update happens. */
export function applyHeld(world: World, row: SubscriptionRow, invoice: InvoiceRow): void {
  const held = world.heldUpdates.get(row.id);
  if (held?.invoice !== invoice.id) return;
  world.heldUpdates.delete(row.id);
  const { items, billing_cycle_anchor, trial_end, trial_start, status } = held.next;
  const state = row.status === 'trialing' ? { status, trial_end, trial_start } : {};
  world.change('customer.subscription.updated', row, () => {
    Object.assign(row, { items, billing_cycle_anchor, ...state, pending_update: null });
  });
  world.emit('customer.subscription.pending_update_applied', row);
  touch(world, row);
}

/** The update was not paid in time, or its invoice was voided: nothing has changed. */
export function expireHeld(world: World, row: SubscriptionRow): void {
  const held = world.heldUpdates.get(row.id);
  world.heldUpdates.delete(row.id);
  if (row.pending_update === null) return;
  changeSubscription(world, row, () => {
    row.pending_update = null;
  });
  world.emit('customer.subscription.pending_update_expired', row);
  const invoice = held && world.invoices.find(held.invoice);
  if (invoice?.status === 'open') voidInvoice(world, invoice);
}
