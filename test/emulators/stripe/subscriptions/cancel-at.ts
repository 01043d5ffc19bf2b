import { invalid } from '../kernel/failure.ts';
import type { SubscriptionRow } from '../kernel/rows.ts';

interface CancelInput {
  readonly cancel_at?: '' | number | 'min_period_end' | 'max_period_end' | undefined;
  readonly cancel_at_period_end?: boolean | undefined;
}

type CancelFields = Partial<Pick<SubscriptionRow, 'cancel_at' | 'cancel_at_period_end' | 'canceled_at'>>;

/** What a wish to cancel later, or to go on after all, sets. `canceled_at` is when it was wished. */
export function cancelAtOf(row: SubscriptionRow, input: CancelInput, now: number): CancelFields {
  const ends = row.items.data.map((item) => item.current_period_end);
  if (input.cancel_at_period_end === true)
    return { cancel_at_period_end: true, cancel_at: Math.max(...ends), canceled_at: now };
  if (input.cancel_at === '' || (input.cancel_at_period_end === false && row.cancel_at_period_end))
    return { cancel_at_period_end: false, cancel_at: null, canceled_at: null };
  if (input.cancel_at === undefined) return {};
  const at =
    input.cancel_at === 'min_period_end'
      ? Math.min(...ends)
      : input.cancel_at === 'max_period_end'
        ? Math.max(...ends)
        : input.cancel_at;
  if (at <= now) throw invalid('`cancel_at` must be a Unix timestamp in the future.', { param: 'cancel_at' });
  return { cancel_at_period_end: false, cancel_at: at, canceled_at: now };
}
