import type { EventRow, ThinEventRow } from '../kernel/rows.ts';

/** One event on its way to one endpoint. */
export interface Delivery {
  readonly id: string;
  readonly event: EventRow | ThinEventRow;
  /** The body as it will be sent, byte for byte, each time. */
  readonly body: string;
  readonly endpoint: string;
  readonly url: string;
  /** What became of each try so far: the HTTP status, or why there was none. */
  readonly attempts: (number | string)[];
  state: 'waiting' | 'delivered' | 'lost' | 'given-up';
}

/** Sends a signed body and tells the status; throws where nothing answered. */
export type Send = (request: {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}) => Promise<number>;

/** Over HTTP; a receiver that has not answered in 10 s has failed, as with Stripe (which does not document its limit). */
export const sendByFetch: Send = async ({ url, body, headers }) => {
  const signal = AbortSignal.timeout(10_000);
  const response = await fetch(url, { method: 'POST', body, headers, signal, redirect: 'manual' });
  await response.body?.cancel();
  return response.status;
};

/** Seconds after the first try at which a delivery that fails is tried again: growing gaps for three days. */
export const retryAfterSeconds: readonly number[] = [
  300, 1_800, 7_200, 18_000, 36_000, 57_600, 86_400, 129_600, 172_800, 216_000, 259_200,
];
