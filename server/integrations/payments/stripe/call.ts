import { setTimeout as sleep } from 'node:timers/promises';
import type Stripe from 'stripe';
import { Failure } from '../../../core/failure.ts';

/** One attempt; the SDK's own default is 80 s. */
export const ATTEMPT_TIMEOUT_MS = 8_000;
const ATTEMPTS = 3;
/** No further attempt begins after this. */
const PATIENCE_MS = 12_000;
const FIRST_WAIT_MS = 200;

/**
 * Makes a call of the SDK, again where that is safe and useful: only after faults that a repetition can mend, at most
 * three times, never for longer than 20 s in all. `act` must carry the same idempotency key each time.
 */
export async function calling<T>(act: () => Promise<T>): Promise<T> {
  const began = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      const late = performance.now() - began > PATIENCE_MS;
      if (!isWorthRepeating(error) || attempt >= ATTEMPTS || late) throw paymentFailure(error);
      await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
    }
  }
}

type StripeFault = Error &
  Partial<Pick<Stripe.errors.StripeError, 'type' | 'statusCode' | 'headers' | 'code'>>;

/** By the SDK's `type`, so that the class need not be loaded to tell. */
function isStripeFault(error: unknown): error is StripeFault {
  return error instanceof Error && 'type' in error && String(error.type).startsWith('Stripe');
}

function isWorthRepeating(error: unknown): boolean {
  if (!isStripeFault(error)) return false;
  const told = error.headers?.['stripe-should-retry'];
  if (told === 'true') return true;
  if (told === 'false') return false;
  const { type, statusCode = 0 } = error;
  return type === 'StripeConnectionError' || statusCode === 409 || statusCode === 429 || statusCode >= 500;
}

/** What the vendor's refusal or silence means to our callers; anything else is passed on untouched. */
function paymentFailure(cause: unknown): unknown {
  if (!isStripeFault(cause)) return cause;
  if (cause.type === 'StripeCardError') return new Failure('billing.payment-declined', { cause });
  // A key that was first used for another request is refused for as long as the vendor knows it.
  if (cause.type === 'StripeInvalidRequestError' || cause.type === 'StripeIdempotencyError')
    return new Failure('billing.vendor-refused', { cause });
  return new Failure('billing.vendor-unavailable', { cause, retryAfterMs: 2_000 });
}

/** Whether the vendor said that there is no such object. */
export function isMissing(error: unknown): boolean {
  const cause = error instanceof Failure ? error.detail.cause : error;
  return isStripeFault(cause) && (cause.code === 'resource_missing' || cause.statusCode === 404);
}

/**
 * Acts under a key, and where Stripe answers that it has failed, which it answers again under that key for a day, once more
 * under another, which all who come within the hour share.
 */
export async function underKey<T>(key: string, act: (key: string) => Promise<T>): Promise<T> {
  try {
    return await act(key);
  } catch (error) {
    const cause = error instanceof Failure ? error.detail.cause : error;
    if (!isStripeFault(cause) || (cause.statusCode ?? 0) < 500) throw error;
    return act(`${key}:${new Date().toISOString().slice(0, 13)}`);
  }
}

/** The most of a list that the vendor gives at once. */
const PAGE = 100;

/** All of a list, page by page. */
export async function listAll<T extends { readonly id: string }>(
  list: (page: { limit: number; starting_after?: string }) => Promise<{ data: T[]; has_more: boolean }>,
): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const last = all.at(-1);
    const page = { limit: PAGE, ...(last === undefined ? {} : { starting_after: last.id }) };
    const { data, has_more } = await calling(() => list(page));
    all.push(...data);
    if (!has_more || data.length === 0) return all;
  }
}
