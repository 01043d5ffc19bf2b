import type { LineSpec } from '../invoices/line.ts';
import { invalid } from '../kernel/failure.ts';
import type { SubscriptionItemRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { isMetered, recurringOf } from './item.ts';
import { advanceLine } from './lines.ts';
import type { SubscriptionCreate } from './params.ts';
import { boundary, type Period } from './period.ts';

/** When a subscription that is made now has begun. Only one whose billing cycle begins now can be backdated here. */
export function startOf(input: SubscriptionCreate, { now, anchor }: { now: number; anchor: number }): number {
  const { backdate_start_date: start = now } = input;
  const param = 'backdate_start_date';
  if (start > now) throw invalid('The backdate_start_date must be in the past.', { param });
  if (start < now && anchor !== now)
    throw invalid('The emulator backdates no trial, and no other billing_cycle_anchor.', { param });
  return start;
}

/**
 * What the time before its making costs: one line an item in classic billing, by intervals that begin at the backdated start;
 * in flexible billing one for each cycle as if it had been billed then. https://docs.stripe.com/billing/subscriptions/backdating
 */
export function backdatedLines(world: World, row: SubscriptionRow): LineSpec[] {
  const span = { start: row.start_date, end: row.created };
  return row.items.data
    .filter((item) => !isMetered(item))
    .flatMap((item) => {
      const parts = row.billing_mode.type === 'classic' ? forward(item, span) : backward(item, span);
      const lines = parts.map(({ whole, ...period }) => lineFor(world, row, { item, period, whole }));
      const [first] = lines;
      if (row.billing_mode.type === 'flexible' || first === undefined) return lines;
      return [{ ...first, period: span, amount: lines.reduce((sum, { amount }) => sum + amount, 0) }];
    });
}

interface Part extends Period {
  /** Seconds of the interval it is a part of. */
  readonly whole: number;
}

function lineFor(
  world: World,
  row: SubscriptionRow,
  { item, period, whole }: { item: SubscriptionItemRow; period: Period; whole: number },
): LineSpec {
  const share = { part: period.end - period.start, whole };
  return { ...advanceLine(world, row, item, share), period, proration: true };
}

/** Intervals that begin where the span does. */
function forward({ price }: SubscriptionItemRow, { start, end }: Period): Part[] {
  const parts: Part[] = [];
  for (let count = 0; ; count += 1) {
    const from = boundary(start, recurringOf(price), count);
    const to = boundary(start, recurringOf(price), count + 1);
    if (from >= end) return parts;
    parts.push({ start: from, end: Math.min(to, end), whole: to - from });
  }
}

/** Intervals that end where the span does. */
function backward({ price }: SubscriptionItemRow, { start, end }: Period): Part[] {
  const parts: Part[] = [];
  for (let count = 0; ; count -= 1) {
    const to = boundary(end, recurringOf(price), count);
    const from = boundary(end, recurringOf(price), count - 1);
    if (to <= start) return parts.toReversed();
    parts.push({ start: Math.max(from, start), end: to, whole: to - from });
  }
}
