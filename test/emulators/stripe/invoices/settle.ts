import type Stripe from 'stripe';
import type { InvoicePaymentRow, InvoiceRow, PaymentIntentRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { cancelIntent, createIntent } from '../payments/intent.ts';
import { planRetry } from './retry.ts';

/** The payment by which an invoice is to be paid, made when it was finalized. */
export function paymentOf(world: World, invoice: InvoiceRow): InvoicePaymentRow | undefined {
  return world.invoicePayments.where((row) => row.invoice === invoice.id && row.is_default)[0];
}

export function intentOf(world: World, invoice: InvoiceRow): PaymentIntentRow | undefined {
  const payment = paymentOf(world, invoice);
  return payment && world.paymentIntents.find(payment.payment.payment_intent);
}

/** Links a finalized invoice to an intent over what is due. */
export function openPayment(world: World, invoice: InvoiceRow): void {
  const intent = createIntent(world, {
    amount: invoice.amount_remaining,
    currency: invoice.currency,
    customer: invoice.customer,
    description: `Invoice ${invoice.number}`,
  });
  world.invoicePayments.add({
    id: world.ids.next('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_remaining,
    created: world.timeOf(invoice).now,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { type: 'payment_intent', payment_intent: intent.id },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  } satisfies Stripe.InvoicePayment);
}

/** Ends the payment of an invoice that will not be paid any more. */
export function cancelPayment(world: World, invoice: InvoiceRow): void {
  const payment = paymentOf(world, invoice);
  const intent = intentOf(world, invoice);
  if (payment !== undefined && payment.status === 'open') {
    payment.status = 'canceled';
    payment.status_transitions.canceled_at = world.timeOf(invoice).now;
  }
  if (intent !== undefined) cancelIntent(world, intent);
}

/** Takes an open invoice as paid; `outside` when the money did not come through Stripe. */
export function markPaid(world: World, invoice: InvoiceRow, outside = false): void {
  const { now } = world.timeOf(invoice);
  const before = invoice.status;
  world.change('invoice.updated', invoice, (row) => {
    row.status = 'paid';
    row.attempted = true;
    row.amount_paid = outside ? 0 : row.amount_due;
    if (outside) row.amount_paid_off_stripe = row.amount_due;
    row.amount_remaining = 0;
    row.next_payment_attempt = null;
    row.status_transitions.paid_at = now;
  });
  world.timeOf(invoice).set(`invoice:${invoice.id}`, null, () => {});
  const payment = paymentOf(world, invoice);
  if (payment !== undefined && !outside) {
    payment.status = 'paid';
    payment.amount_paid = payment.amount_requested;
    payment.status_transitions.paid_at = now;
    world.emit('invoice_payment.paid', payment);
  } else if (outside) cancelPayment(world, invoice);
  if (before === 'paid') return;
  world.emit('invoice.paid', invoice);
  world.emit('invoice.payment_succeeded', invoice);
  for (const told of world.hooks.invoicePaid) told(invoice);
}

/** Carries what became of an intent over to its invoice. */
function settle(world: World, intent: PaymentIntentRow): void {
  const [payment] = world.invoicePayments.where((row) => row.payment.payment_intent === intent.id);
  const invoice = payment && world.invoices.find(payment.invoice);
  if (invoice === undefined) return;
  if (intent.status === 'succeeded') markPaid(world, invoice);
  else if (intent.status === 'requires_action') askForAction(world, invoice);
  else fail(world, invoice);
}

function askForAction(world: World, invoice: InvoiceRow): void {
  countAttempt(invoice);
  world.emit('invoice.payment_action_required', invoice);
  for (const told of world.hooks.invoiceFailed) told(invoice);
}

function fail(world: World, invoice: InvoiceRow): void {
  countAttempt(invoice);
  planRetry(world, invoice);
  world.emit('invoice.payment_failed', invoice);
  for (const told of world.hooks.invoiceFailed) told(invoice);
}

function countAttempt(invoice: InvoiceRow): void {
  invoice.attempted = true;
  invoice.attempt_count += 1;
}

export function settleInvoicesOf(world: World): void {
  world.hooks.intentSettled.push((intent) => settle(world, intent));
}
