import type { MeterRow } from '../kernel/rows.ts';

/** A meter event that was accepted: counted once it is processed, and never when it turns out wrong or is cancelled. */
export interface Recorded {
  readonly identifier: string;
  readonly eventName: string;
  readonly payload: Readonly<Record<string, string>>;
  readonly timestamp: number;
  readonly receivedAt: number;
  /** The meter that counted it; null before. */
  meter: string | null;
  state: 'waiting' | 'counted' | 'wrong' | 'cancelled';
}

/** What the meter counted for a customer from `start` up to, but not including, `end`. */
export function aggregate(
  meter: MeterRow,
  recorded: readonly Recorded[],
  { customer, start, end }: { customer: string; start: number; end: number },
): number {
  const values = recorded
    .filter(
      (event) =>
        event.state === 'counted' &&
        event.meter === meter.id &&
        event.payload[meter.customer_mapping.event_payload_key] === customer &&
        event.timestamp >= start &&
        event.timestamp < end,
    )
    .toSorted((a, b) => a.timestamp - b.timestamp)
    .map((event) => Number(event.payload[meter.value_settings.event_payload_key]));
  const { formula } = meter.default_aggregation;
  if (formula === 'count') return values.length;
  if (formula === 'last') return values.at(-1) ?? 0;
  return values.reduce((sum, value) => sum + value, 0);
}
