import type { PriceRow } from '../kernel/rows.ts';

export interface Period {
  readonly start: number;
  readonly end: number;
}

type Recurring = NonNullable<PriceRow['recurring']>;

const seconds: Readonly<Record<string, number>> = { day: 86_400, week: 604_800 };
const months: Readonly<Record<string, number>> = { month: 1, year: 12 };

/** The instant `count` intervals after the anchor; a day that a month lacks becomes its last, as Stripe does it. */
export function boundary(anchor: number, recurring: Recurring, count: number): number {
  const steps = count * recurring.interval_count;
  const fixed = seconds[recurring.interval];
  if (fixed !== undefined) return anchor + steps * fixed;
  return addMonths(anchor, steps * (months[recurring.interval] ?? 1));
}

/** The period of a price that holds an instant; periods begin at the anchor and its repetitions. */
export function periodAt(anchor: number, recurring: Recurring, at: number): Period {
  let count = Math.floor((at - anchor) / longestSeconds(recurring));
  while (boundary(anchor, recurring, count + 1) <= at) count += 1;
  while (boundary(anchor, recurring, count) > at) count -= 1;
  return { start: boundary(anchor, recurring, count), end: boundary(anchor, recurring, count + 1) };
}

/** At least as long as any interval of the price. */
export function longestSeconds({ interval, interval_count }: Recurring): number {
  return interval_count * (seconds[interval] ?? (months[interval] ?? 1) * 31 * 86_400);
}

function addMonths(anchor: number, count: number): number {
  const from = new Date(anchor * 1000);
  const day = from.getUTCDate();
  const to = new Date(from);
  to.setUTCDate(1);
  to.setUTCMonth(from.getUTCMonth() + count);
  const lastDay = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate();
  to.setUTCDate(Math.min(day, lastDay));
  return to.getTime() / 1000;
}
