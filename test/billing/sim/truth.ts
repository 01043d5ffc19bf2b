import type { Tier } from '../../../server/core/tiers.ts';
import type { InvoiceRow, SubscriptionRow } from '../../emulators/stripe/kernel/rows.ts';
import { isDeleted, subscriptionsOf } from './acts.ts';
import type { Member, Stage } from './stage.ts';

/** What an organisation should be able to do, read off Stripe's own objects and the tables of the design: none of our code. */
export interface Truth {
  readonly tier: Tier;
  readonly access: 'full' | 'read-only';
  readonly spend: 'open' | 'included' | 'none';
  readonly numbers: 'allowed' | 'kept' | 'release';
  readonly expiresAt: number | null;
}

// product/decisions.md, RepX tiers, by heart: what is asked of our catalogue must not be taken from it.
const GRACE_MS = 7 * 86_400_000;
const ladder: readonly Tier[] = ['repx0', 'repx1', 'repx2', 'repx3', 'repx4', 'repx5'];
const dollarsAMonth = [0, 97, 197, 297, 497, 997];
const dollarsAYear = [0, 970, 1_970, 2_970, 4_970, 9_970];

const nothing: Truth = { tier: 'repx0', access: 'full', spend: 'open', numbers: 'kept', expiresAt: null };
const over: Truth = { ...nothing, spend: 'included', numbers: 'release' };
const unpaidYet: Truth = { ...nothing, spend: 'included' };
const stopped: Truth = { ...nothing, access: 'read-only', spend: 'none' };

/**
 * What is true of a member: any of these, where two subscriptions have the same say. Those in `dropped` were duplicates
 * and have none; a customer that was deleted before we knew it names nobody any more, nor does one that was `refused`
 * because the member had another.
 */
export function truthsOf(
  stage: Stage,
  member: Member,
  { dropped, mapped, refused }: Readonly<Record<'dropped' | 'mapped' | 'refused', ReadonlySet<string>>>,
): Truth[] {
  const rows = subscriptionsOf(stage, member).filter(
    ({ id, customer }) =>
      !dropped.has(id) && (mapped.has(customer) || !(refused.has(customer) || isDeleted(stage, customer))),
  );
  if (rows.length === 0) return [nothing];
  // Nobody looks again as paid time runs out: who spoke while it ran may still.
  return [stage.now, 0].flatMap((now) => {
    const says = rows.map((row) => sayOf(stage, row, now));
    const best = says.toSorted(compare)[0] ?? [];
    return rows
      .filter((_, index) => compare(says[index] ?? best, best) === 0)
      .map((row) => truthOf(stage, row));
  });
}

/**
 * Design/reliability.md 4.2, what is no plan of ours after those that live; then the higher plan, then the older one; of
 * ended ones the last.
 */
function sayOf(stage: Stage, row: SubscriptionRow, now: number): readonly number[] {
  const living = ['active', 'past_due', 'unpaid'];
  const order = [...living, 'paid-for', 'other', 'canceled', 'incomplete', 'incomplete_expired'];
  const named: Record<string, string> = { trialing: 'active', paused: 'unpaid' };
  const status = named[row.status] ?? row.status;
  const tier = tierOf(row);
  const until = paidUntil(stage, row) ?? 0;
  const isPaidFor = row.status === 'canceled' && until > now;
  const name = tier === null && living.includes(status) ? 'other' : isPaidFor ? 'paid-for' : status;
  const height = tier === null ? -1 : ladder.indexOf(tier);
  const end = Math.max(until, (row.ended_at ?? 0) * 1000);
  const last = row.status === 'canceled' ? -end : 0;
  return [order.indexOf(name), last, -height, row.created];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) if (value !== b[index]) return value - (b[index] ?? 0);
  return 0;
}

export function truthOf(stage: Stage, row: SubscriptionRow): Truth {
  const { now } = stage;
  const tier = tierOf(row);
  const { status } = row;
  if (status === 'unpaid') return { ...stopped, numbers: 'release' };
  if (status === 'paused') return stopped;
  if (status === 'incomplete' || status === 'incomplete_expired') return unpaidYet;
  if (status === 'canceled') {
    const until = paidUntil(stage, row);
    if (until === null || until <= now) return over;
    return { ...unpaidYet, tier: tier ?? 'repx0', expiresAt: until };
  }
  if (tier === null) return stopped;
  return untilItEnds(row, now, living(stage, row, tier));
}

function living(stage: Stage, row: SubscriptionRow, tier: Tier): Truth {
  if (row.status === 'trialing') return { ...unpaidYet, tier };
  if (row.status === 'past_due') return late(stage, row, tier);
  if (row.pause_collection !== null) return { ...unpaidYet, tier };
  return { ...nothing, tier, numbers: row.pending_update === null ? 'allowed' : 'kept' };
}

/**
 * Seven days from the first invoice that is still owed (from its due date, if it has one; from the period's beginning if
 * none is), never beyond the last attempt at the latest.
 */
function late(stage: Stage, row: SubscriptionRow, tier: Tier): Truth {
  const sold = row.items.data.find((item) => tierOfItem(item) === tier);
  const since = owedSince(stage, row) ?? (sold?.current_period_start ?? row.created) * 1000;
  const debts = debtsOf(stage, row);
  const isGivenUp =
    row.collection_method === 'charge_automatically' &&
    debts.length > 0 &&
    debts.every(({ next_payment_attempt: next }) => next === null);
  const end = since + GRACE_MS;
  return stage.now >= end || isGivenUp ? unpaidYet : { ...unpaidYet, tier, expiresAt: end };
}

/** Since when the oldest invoice that is owed should have been paid; null where none is. */
export function owedSince(stage: Stage, row: SubscriptionRow): number | null {
  const start = (one: InvoiceRow) => one.due_date ?? one.status_transitions.finalized_at ?? one.created;
  const debts = debtsOf(stage, row);
  return debts.length === 0 ? null : Math.min(...debts.map(start)) * 1000;
}

/** Open invoices that were tried, or are sent; a change that waits for its own is no debt. */
function debtsOf(stage: Stage, row: SubscriptionRow): InvoiceRow[] {
  const held = stage.emulator.world.heldUpdates.get(row.id)?.invoice;
  return invoicesOf(stage, row).filter(
    (one) => one.status === 'open' && one.id !== held && (one.attempted || one.due_date !== null),
  );
}

function untilItEnds(row: SubscriptionRow, now: number, truth: Truth): Truth {
  const end = row.cancel_at === null ? null : row.cancel_at * 1000;
  if (end === null) return truth;
  if (end <= now) return over;
  const expiresAt = Math.min(end, truth.expiresAt ?? end);
  return { ...truth, numbers: truth.numbers === 'allowed' ? 'kept' : truth.numbers, expiresAt };
}

/** The plan of a subscription; null of one that was sold for something else. */
export function tierOf(row: SubscriptionRow): Tier | null {
  const tiers = row.items.data.map(tierOfItem).filter((tier) => tier !== null);
  return tiers.toSorted((a, b) => ladder.indexOf(b) - ladder.indexOf(a))[0] ?? null;
}

function tierOfItem({ price }: SubscriptionRow['items']['data'][number]): Tier | null {
  const dollars = price.recurring?.interval === 'year' ? dollarsAYear : dollarsAMonth;
  return ladder[dollars.indexOf((price.unit_amount ?? 0) / 100)] ?? null;
}

export function invoicesOf(stage: Stage, row: SubscriptionRow): InvoiceRow[] {
  return stage.emulator.world.invoices.where(
    (one) => one.parent?.subscription_details?.subscription === row.id,
  );
}

function latestOf(stage: Stage, row: SubscriptionRow): InvoiceRow | undefined {
  return row.latest_invoice === null ? undefined : stage.emulator.world.invoices.find(row.latest_invoice);
}

/** To the end of the period, if the latest invoice is paid; of an end within it, if the merchant still has money for the rest. */
export function paidUntil(stage: Stage, row: SubscriptionRow): number | null {
  const end = Math.min(...row.items.data.map((item) => item.current_period_end));
  const isPaid =
    row.status === 'canceled' && row.ended_at !== null && row.ended_at < end
      ? keepsMoneyAfter(stage, row, row.ended_at)
      : latestOf(stage, row)?.status === 'paid';
  return isPaid ? end * 1000 : null;
}

type BilledTime = Pick<InvoiceRow['lines']['data'][number], 'amount' | 'period'>;

/** By the share of what was billed and noted that lies after the end, less refunds; each line may be rounded by a cent. */
function keepsMoneyAfter(stage: Stage, row: SubscriptionRow, end: number): boolean {
  const { world } = stage.emulator;
  const isLater = ({ period }: BilledTime) => period.end > end;
  const share = ({ amount, period: { start, end: last } }: BilledTime) =>
    (amount * (last - Math.max(start, end))) / (last - start);
  const noted = world.invoiceItems.where(
    (one) => one.invoice === null && one.parent?.subscription_details?.subscription === row.id,
  );
  const billed = invoicesOf(stage, row).filter(({ status }) => status === 'paid');
  const lines = [...billed.flatMap((invoice) => invoice.lines.data), ...noted].filter(isLater);
  const back = billed
    .filter((invoice) => invoice.lines.data.some(isLater))
    .map((invoice) => refundedShare(stage, invoice) * sumOf(invoice.lines.data.map(({ amount }) => amount)));
  return sumOf(lines.map(share)) - sumOf(back) > lines.length;
}

function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

function refundedShare({ emulator }: Stage, { id, amount_paid }: InvoiceRow): number {
  const { invoicePayments, refunds } = emulator.world;
  const paid = invoicePayments.where(({ invoice }) => invoice === id);
  const back = refunds.where(
    ({ payment_intent: intent, status }) =>
      status !== 'failed' && paid.some(({ payment }) => intent !== null && payment.payment_intent === intent),
  );
  return amount_paid === 0 ? 0 : sumOf(back.map(({ amount }) => amount)) / amount_paid;
}
