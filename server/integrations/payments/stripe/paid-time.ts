import type Stripe from 'stripe';
import { calling, isMissing, listAll } from './call.ts';

/**
 * Whether the time from an early end to the end of the period is paid for; true of a subscription that did not end early.
 * False where a refund, a credit or a trial leaves no money for it.
 */
export async function keepsItsPeriod(stripe: Stripe, subscription: Stripe.Subscription): Promise<boolean> {
  const end = earlyEndOf(subscription);
  if (end === null) return true;
  return moneyAfter(end, await linesOf(stripe, subscription)) && !(await isAllRefunded(stripe, subscription));
}

/** In seconds; null where it did not end within a period. */
function earlyEndOf({ status, ended_at, items }: Stripe.Subscription): number | null {
  const end = Math.min(...items.data.map((item) => item.current_period_end));
  return status === 'canceled' && ended_at !== null && ended_at < end ? ended_at : null;
}

type BilledTime = Pick<Stripe.InvoiceLineItem, 'amount' | 'period'>;

/** All that was paid, and what is noted for an invoice to come: credits may be there alone. */
async function linesOf(stripe: Stripe, { id, customer }: Stripe.Subscription): Promise<BilledTime[]> {
  const paid = await listAll((page) => stripe.invoices.list({ subscription: id, status: 'paid', ...page }));
  const lines: BilledTime[] = [];
  for (const { id: invoice, lines: first } of paid)
    lines.push(
      ...(first.has_more
        ? await listAll((page) => stripe.invoices.listLineItems(invoice, page))
        : first.data),
    );
  const noted = await pendingItems(stripe, typeof customer === 'string' ? customer : customer.id);
  return [...lines, ...noted.filter(({ parent }) => parent?.subscription_details?.subscription === id)];
}

/** None of a customer that is not there any more. */
async function pendingItems(stripe: Stripe, customer: string): Promise<Stripe.InvoiceItem[]> {
  try {
    return await listAll((page) => stripe.invoiceItems.list({ customer, pending: true, ...page }));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** By the share of each line that lies after the end. Each line may have been rounded by a cent, so that much is nothing. */
function moneyAfter(end: number, lines: readonly BilledTime[]): boolean {
  const later = lines.filter(({ period }) => period.end > end);
  const share = ({ amount, period }: BilledTime) =>
    (amount * (period.end - Math.max(period.start, end))) / (period.end - period.start);
  return later.reduce((sum, line) => sum + share(line), 0) > later.length;
}

/** Whether all that was paid on the latest invoice went back to the card. */
async function isAllRefunded(stripe: Stripe, { latest_invoice }: Stripe.Subscription): Promise<boolean> {
  if (latest_invoice === null || typeof latest_invoice === 'string' || latest_invoice.amount_paid === 0)
    return false;
  const { id: invoice, amount_paid } = latest_invoice;
  const payments = await calling(() => stripe.invoicePayments.list({ invoice, status: 'paid' }));
  let refunded = 0;
  for (const { payment } of payments.data) {
    const intent = payment.payment_intent;
    if (intent === undefined || intent === null) continue;
    const payment_intent = typeof intent === 'string' ? intent : intent.id;
    const refunds = await listAll((page) => stripe.refunds.list({ payment_intent, ...page }));
    const made = refunds.filter(({ status }) => status !== 'failed' && status !== 'canceled');
    refunded += made.reduce((sum, { amount }) => sum + amount, 0);
  }
  return refunded >= amount_paid;
}
