import type Stripe from 'stripe';
import { calling, isMissing, listAll } from './call.ts';

/**
 * Whether the time from an early end to the end of the period is paid for; null of a subscription that did not end early.
 * False where refunds, credits or a trial leave no money for it.
 */
export async function keepsItsPeriod(
  stripe: Stripe,
  subscription: Stripe.Subscription,
): Promise<boolean | null> {
  const end = earlyEndOf(subscription);
  if (end === null) return null;
  const { id, customer } = subscription;
  const paid = await listAll((page) => stripe.invoices.list({ subscription: id, status: 'paid', ...page }));
  const billed: Billed[] = [];
  for (const invoice of paid) billed.push({ invoice, lines: await linesOf(stripe, invoice) });
  const noted = await pendingItems(stripe, typeof customer === 'string' ? customer : customer.id);
  const credits = noted.filter(({ parent }) => parent?.subscription_details?.subscription === id);
  // Each line may have been rounded by a cent, so that much is nothing.
  const lines = [...billed.flatMap((one) => one.lines), ...credits].filter(({ period }) => period.end > end);
  const money = lines.reduce((sum, line) => sum + moneyAfter(end, line), 0);
  if (money <= lines.length) return false;
  let back = 0;
  for (const one of billed)
    if (one.lines.some(({ period }) => period.end > end)) back += await givenBack(stripe, one);
  return money - back > lines.length;
}

interface Billed {
  readonly invoice: Stripe.Invoice;
  readonly lines: readonly BilledTime[];
}

/** In seconds; null where it did not end within a period. */
function earlyEndOf({ status, ended_at, items }: Stripe.Subscription): number | null {
  const end = Math.min(...items.data.map((item) => item.current_period_end));
  return status === 'canceled' && ended_at !== null && ended_at < end ? ended_at : null;
}

type BilledTime = Pick<Stripe.InvoiceLineItem, 'amount' | 'period'>;

async function linesOf(stripe: Stripe, { id, lines }: Stripe.Invoice): Promise<BilledTime[]> {
  return lines.has_more ? listAll((page) => stripe.invoices.listLineItems(id, page)) : lines.data;
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

/** By the share of a line that lies after the end. */
function moneyAfter(end: number, { amount, period }: BilledTime): number {
  return (amount * (period.end - Math.max(period.start, end))) / (period.end - period.start);
}

/** The part of an invoice's lines whose money went back to the card; discounts made that money less than the lines. */
async function givenBack(
  stripe: Stripe,
  { invoice: { id: invoice, amount_paid }, lines }: Billed,
): Promise<number> {
  if (amount_paid === 0) return 0;
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
  return (refunded / amount_paid) * lines.reduce((sum, { amount }) => sum + amount, 0);
}
