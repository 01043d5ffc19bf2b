import type { LineSpec } from '../invoices/line.ts';
import { invalid } from '../kernel/failure.ts';
import type { SubscriptionItemRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { wholeList } from '../wire/page.ts';
import { recurringOf } from './item.ts';
import { advanceLines } from './lines.ts';
import type { SubscriptionUpdate } from './params.ts';
import { periodAt } from './period.ts';
import { hasOtherInterval, isChanged, itemsAfter } from './plan-items.ts';
import { creditFor, debitFor } from './prorate.ts';

export type BillingChange = Pick<
  SubscriptionUpdate,
  'items' | 'billing_cycle_anchor' | 'proration_behavior' | 'proration_date' | 'trial_end'
>;

/** What a change of what is billed comes to, before any of it has happened. */
export interface UpdatePlan {
  readonly next: SubscriptionRow;
  readonly lines: readonly LineSpec[];
  /** The lines make an invoice at once; else they wait for the next. */
  readonly invoiceNow: boolean;
  /** The instant that prorations are counted from. */
  readonly at: number;
}

/** Plans a change of items, trial or anchor. Nothing is changed; previews and updates share this. */
export function planUpdate(world: World, row: SubscriptionRow, input: BillingChange): UpdatePlan {
  const { now } = world.timeOf(row);
  const at = prorationDate(row, input, now);
  const behavior = input.proration_behavior ?? 'create_prorations';
  const before = row.items.data;
  const after = itemsAfter(world, row, input.items ?? []);
  const next: SubscriptionRow = { ...row, items: wholeList(row.items.url, after) };
  const reset = resetOf(row, after, input);
  if (reset !== null) restart(next, { reset, now });
  const credits =
    behavior === 'none'
      ? []
      : before.flatMap((item) => creditOf(world, row, { item, after, at, all: reset !== null }));
  const debits =
    reset === null
      ? behavior === 'none'
        ? []
        : debitsOf(world, row, { before, after, at })
      : advanceLines(world, next, after);
  const lines = [...credits, ...debits];
  const invoiceNow = reset !== null || (behavior === 'always_invoice' && lines.length > 0);
  return { next, lines, invoiceNow, at };
}

type Reset = { readonly kind: 'anchor' } | { readonly kind: 'trial'; readonly end: number };

/** Whether the billing cycle begins anew: another interval, a wish, a trial that begins, moves or ends. */
function resetOf(
  row: SubscriptionRow,
  after: readonly SubscriptionItemRow[],
  input: BillingChange,
): Reset | null {
  const { trial_end: trialEnd } = input;
  if (typeof trialEnd === 'number') return { kind: 'trial', end: trialEnd };
  if (trialEnd === 'now') return row.status === 'trialing' ? { kind: 'anchor' } : null;
  if (row.status === 'trialing') return null;
  const changed = row.items.data.some((item) => {
    const kept = after.find(({ id }) => id === item.id);
    return kept !== undefined && hasOtherInterval(item, kept);
  });
  return changed || input.billing_cycle_anchor === 'now' ? { kind: 'anchor' } : null;
}

function restart(next: SubscriptionRow, { reset, now }: { reset: Reset; now: number }): void {
  if (reset.kind === 'trial') {
    if (reset.end <= now) throw invalid('Invalid timestamp: must be in the future.', { param: 'trial_end' });
    Object.assign(next, { status: 'trialing', trial_start: next.trial_start ?? now, trial_end: reset.end });
    next.billing_cycle_anchor = reset.end;
  } else {
    if (next.status === 'trialing') Object.assign(next, { status: 'active', trial_end: now });
    next.billing_cycle_anchor = now;
  }
  for (const item of next.items.data) {
    const period =
      reset.kind === 'trial' ? { start: now, end: reset.end } : periodAt(now, recurringOf(item.price), now);
    item.current_period_start = period.start;
    item.current_period_end = period.end;
  }
}

function creditOf(
  world: World,
  row: SubscriptionRow,
  change: { item: SubscriptionItemRow; after: readonly SubscriptionItemRow[]; at: number; all: boolean },
): LineSpec[] {
  const { item, after, at, all } = change;
  const kept = after.find(({ id }) => id === item.id);
  return all || isChanged(item, kept) ? creditFor(world, row, { item, at }) : [];
}

function debitsOf(
  world: World,
  row: SubscriptionRow,
  change: { before: readonly SubscriptionItemRow[]; after: readonly SubscriptionItemRow[]; at: number },
): LineSpec[] {
  const { before, after, at } = change;
  const changed = after.filter((item) =>
    isChanged(
      before.find(({ id }) => id === item.id),
      item,
    ),
  );
  return changed.flatMap((item) => debitFor(world, row, { item, at }));
}

function prorationDate(row: SubscriptionRow, input: BillingChange, now: number): number {
  const date = input.proration_date;
  if (date === undefined) return now;
  const start = Math.max(...row.items.data.map((item) => item.current_period_start));
  const end = Math.min(...row.items.data.map((item) => item.current_period_end));
  if (date >= start && date < end) return date;
  throw invalid('Invalid `proration_date`: it must be within the current billing period.', {
    param: 'proration_date',
  });
}
