import type Stripe from 'stripe';
import { z } from 'zod';
import { invalid } from '../kernel/failure.ts';
import type { MeterRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { int, listParams, text } from '../wire/params.ts';
import { aggregate } from './usage.ts';

export const ListSummaries = listParams({
  customer: text,
  end_time: int,
  start_time: int,
  value_grouping_window: z.enum(['day', 'hour']).optional(),
});

const windowSeconds = { day: 86_400, hour: 3_600, minute: 60 } as const;

/** One summary over the whole time, or one for each window that counted anything; bounds on whole minutes, hours or days (UTC). */
export function listSummaries(world: World, meter: MeterRow, input: z.output<typeof ListSummaries>) {
  const { start_time: start, end_time: end, value_grouping_window: grouping } = input;
  const unit = windowSeconds[grouping ?? 'minute'];
  for (const [param, at] of [
    ['start_time', start],
    ['end_time', end],
  ] as const)
    if (at % unit !== 0)
      throw invalid(`The \`${param}\` must be aligned with ${grouping ?? 'minute'} boundaries.`, { param });
  if (end <= start) throw invalid('The `end_time` must be after the `start_time`.', { param: 'end_time' });
  const size = grouping === undefined ? end - start : unit;
  const rows: Stripe.Billing.MeterEventSummary[] = [];
  for (let from = start; from < end; from += size) {
    const window = { customer: input.customer, start: from, end: from + size };
    const value = aggregate(meter, world.recorded, window);
    if (grouping === undefined || value !== 0) rows.push(summaryOf(meter, window, value));
  }
  const { created: _, ...cursors } = input;
  return page(`/v1/billing/meters/${meter.id}/event_summaries`, rows, cursors);
}

function summaryOf(
  meter: MeterRow,
  window: { customer: string; start: number; end: number },
  value: number,
): Stripe.Billing.MeterEventSummary {
  return {
    id: `mtrusg_test_${meter.id}_${window.customer}_${window.start}`,
    object: 'billing.meter_event_summary',
    aggregated_value: value,
    end_time: window.end,
    livemode: false,
    meter: meter.id,
    start_time: window.start,
  } satisfies Stripe.Billing.MeterEventSummary;
}
