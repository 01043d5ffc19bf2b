import { invalid } from '../kernel/failure.ts';
import type { InvoiceRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { confirmIntent } from '../payments/intent.ts';
import { subscriptionOf } from './draft.ts';
import { cancelPayment, intentOf, markPaid, openPayment } from './settle.ts';
import { applyBalance } from './totals.ts';

/** Fixes a draft: number, balance, an intent over what is due; nothing due is paid at once. */
export function finalize(world: World, invoice: InvoiceRow): void {
  if (invoice.status !== 'draft') throw wrongState(invoice, 'finalize', 'draft');
  const { now } = world.timeOf(invoice);
  const customer = world.customers.get(invoice.customer, 'customer');
  const sequence = customer.next_invoice_sequence ?? 1;
  customer.next_invoice_sequence = sequence + 1;
  invoice.status = 'open';
  invoice.number = `${customer.invoice_prefix}-${String(sequence).padStart(4, '0')}`;
  invoice.status_transitions.finalized_at = now;
  invoice.effective_at = now;
  invoice.automatically_finalizes_at = null;
  invoice.hosted_invoice_url = `https://invoice.stripe.com/i/${invoice.id}`;
  invoice.invoice_pdf = `https://pay.stripe.com/invoice/${invoice.id}/pdf`;
  applyBalance(world, invoice);
  if (invoice.amount_due > 0) openPayment(world, invoice);
  if (invoice.collection_method === 'send_invoice') setDueDate(world, invoice, now);
  world.emit('invoice.finalized', invoice);
  if (invoice.amount_due === 0) markPaid(world, invoice);
}

/** One that is sent has days to be paid; after them it is overdue, and so is its subscription. */
function setDueDate(world: World, invoice: InvoiceRow, now: number): void {
  const days = subscriptionOf(world, invoice)?.days_until_due ?? 0;
  const due = now + days * 86_400;
  invoice.due_date = due;
  world.timeOf(invoice).set(`overdue:${invoice.id}`, due, () => {
    if (invoice.status !== 'open') return;
    world.emit('invoice.overdue', invoice);
    for (const told of world.hooks.invoiceFailed) told(invoice);
  });
}

/** Tries to collect an open invoice with the card it would be paid with. Does nothing where there is no card. */
export function attempt(
  world: World,
  invoice: InvoiceRow,
  { offSession, method }: { offSession: boolean; method?: string | undefined },
): void {
  const intent = intentOf(world, invoice);
  const card = method ?? methodFor(world, invoice);
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') return;
  if (intent === undefined || card === null) return;
  confirmIntent(world, intent, { method: card, offSession });
}

/** The card of the invoice, of its subscription, or of its customer. */
export function methodFor(world: World, invoice: InvoiceRow): string | null {
  const customer = world.customers.find(invoice.customer);
  return (
    invoice.default_payment_method ??
    subscriptionOf(world, invoice)?.default_payment_method ??
    customer?.invoice_settings.default_payment_method ??
    null
  );
}

/** Plans what Stripe does by itself next: finalize a draft, try an open invoice again. */
export function plan(world: World, invoice: InvoiceRow): void {
  const at = invoice.status === 'draft' ? invoice.automatically_finalizes_at : invoice.next_payment_attempt;
  const due = invoice.auto_advance === true ? at : null;
  world.timeOf(invoice).set(`invoice:${invoice.id}`, due, () => advance(world, invoice));
}

function advance(world: World, invoice: InvoiceRow): void {
  if (invoice.status === 'draft') finalize(world, invoice);
  collect(world, invoice);
}

/** An attempt while the customer is away, and the plan for the next. */
export function collect(world: World, invoice: InvoiceRow): void {
  if (invoice.status !== 'open' || invoice.collection_method !== 'charge_automatically') return;
  if (methodFor(world, invoice) === null) failWithoutCard(world, invoice);
  else attempt(world, invoice, { offSession: true });
  plan(world, invoice);
}

function failWithoutCard(world: World, invoice: InvoiceRow): void {
  const intent = intentOf(world, invoice);
  if (intent !== undefined) for (const told of world.hooks.intentSettled) told(intent);
}

/** The invoice never was: it need not be paid, and its payment ends. */
export function voidInvoice(world: World, invoice: InvoiceRow): void {
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible')
    throw wrongState(invoice, 'void', 'open');
  cancelPayment(world, invoice);
  end(world, invoice, (row, now) => {
    row.status = 'void';
    row.status_transitions.voided_at = now;
  });
  world.emit('invoice.voided', invoice);
  for (const told of world.hooks.invoiceVoided) told(invoice);
}

/** The money is given up; the invoice may still be paid. */
export function markUncollectible(
  world: World,
  invoice: InvoiceRow,
  reason: 'user_forgiven' | 'subscription_canceled' | 'subscription_paused' = 'user_forgiven',
): void {
  if (invoice.status !== 'open') throw wrongState(invoice, 'mark uncollectible', 'open');
  end(world, invoice, (row, now) => {
    row.status = 'uncollectible';
    row.status_details = { uncollectible: { reason } };
    row.status_transitions.marked_uncollectible_at = now;
  });
  world.emit('invoice.marked_uncollectible', invoice);
}

function end(world: World, invoice: InvoiceRow, mutate: (row: InvoiceRow, now: number) => void): void {
  world.change('invoice.updated', invoice, (row) => {
    mutate(row, world.timeOf(row).now);
    row.next_payment_attempt = null;
  });
  plan(world, invoice);
}

export function wrongState(invoice: InvoiceRow, act: string, needs: string) {
  return invalid(
    `You can only ${act} ${needs} invoices. This invoice isn't: its status is ${invoice.status}.`,
    {
      code: 'invoice_not_editable',
    },
  );
}
