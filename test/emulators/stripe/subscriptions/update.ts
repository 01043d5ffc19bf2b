import { buildDraft, type DraftSpec, keepDraft } from '../invoices/draft.ts';
import { keepPending } from '../invoices/item.ts';
import { attempt, finalize, methodFor, plan as planInvoice } from '../invoices/lifecycle.ts';
import { cardError, invalid } from '../kernel/failure.ts';
import { previousOf, toJson } from '../kernel/json.ts';
import type { InvoiceRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { isEnded, touch } from './due.ts';
import { pendingLines } from './lines.ts';
import type { SubscriptionUpdate } from './params.ts';
import { dropHeld, holdUpdate, refuseUnsupported } from './pending.ts';
import { type BillingChange, planUpdate, type UpdatePlan } from './plan-update.ts';
import { assignPlain, refuseEnded } from './update-plain.ts';

/** `subscriptions.update`: what is billed changes by a plan, the rest by assignment. */
export function updateSubscription(
  world: World,
  row: SubscriptionRow,
  input: SubscriptionUpdate,
): SubscriptionRow {
  if (isEnded(row)) return refuseEnded(world, row, input);
  const plan = planUpdate(world, row, input);
  const behavior = input.payment_behavior ?? 'allow_incomplete';
  if (behavior === 'pending_if_incomplete') refuseUnsupported(row, input);
  const draft = plan.invoiceNow ? immediateDraft(world, row, { plan, input }) : null;
  if (draft !== null && !canBePaid(world, draft)) {
    if (behavior !== 'default_incomplete' && !hasCard(world, row)) throw noCard();
    if (behavior === 'pending_if_incomplete') return holdUpdate(world, row, { plan, draft });
    if (behavior === 'error_if_incomplete') throw unpaid();
  }
  apply(world, row, { plan, input, draft });
  return row;
}

/** The invoice that a change makes at once; what was pending goes with it, unless the change itself may yet be refused. */
export function immediateDraft(
  world: World,
  row: SubscriptionRow,
  { plan, input }: { plan: UpdatePlan; input: BillingChange & { payment_behavior?: string | undefined } },
): DraftSpec {
  const pending = input.payment_behavior === 'pending_if_incomplete' ? [] : pendingLines(world, row);
  return {
    customer: row.customer,
    subscription: row,
    reason: 'subscription_update',
    lines: [...pending, ...plan.lines],
    currency: row.currency,
    prorationDate: plan.at,
  };
}

/** Whether the card, as it behaves now, would pay the invoice without its owner. */
export function canBePaid(world: World, spec: DraftSpec): boolean {
  const draft: InvoiceRow = buildDraft(world, spec);
  if (draft.amount_due === 0 || draft.collection_method === 'send_invoice') return true;
  const method = methodFor(world, draft);
  return method !== null && world.cards.get(method)?.charge === 'succeeds';
}

/** Whether there is a card that the subscription would be paid with. */
export function hasCard(world: World, row: SubscriptionRow): boolean {
  const customer = world.customers.find(row.customer);
  return (row.default_payment_method ?? customer?.invoice_settings.default_payment_method ?? null) !== null;
}

function noCard() {
  return invalid('This customer has no attached payment source or default payment method.', {
    code: 'resource_missing',
  });
}

function unpaid() {
  return cardError({ code: 'card_declined', message: 'Your card was declined.' });
}

interface Application {
  readonly plan: UpdatePlan;
  readonly input: SubscriptionUpdate;
  readonly draft: DraftSpec | null;
}

function apply(world: World, row: SubscriptionRow, { plan, input, draft }: Application): void {
  const before = toJson(row);
  Object.assign(row, plan.next);
  if (input.items !== undefined) dropHeld(world, row);
  assignPlain(world, row, input);
  const invoice = draft === null ? null : keepDraft(world, { ...draft, subscription: row });
  if (draft === null) for (const line of plan.lines) keepPending(world, row.customer, line);
  const previous = previousOf(before, toJson(row));
  if (Object.keys(previous).length > 0) world.emit('customer.subscription.updated', row, previous);
  if (invoice !== null) bill(world, invoice, input);
  touch(world, row);
}

function bill(world: World, invoice: InvoiceRow, input: SubscriptionUpdate): void {
  finalize(world, invoice);
  if (input.payment_behavior === 'default_incomplete' && invoice.status === 'open') {
    for (const told of world.hooks.invoiceFailed) told(invoice);
    return;
  }
  const offSession = input.off_session ?? false;
  if (invoice.collection_method === 'charge_automatically') attempt(world, invoice, { offSession });
  planInvoice(world, invoice);
}
