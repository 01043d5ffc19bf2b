import { StripeFailure } from '../kernel/failure.ts';
import { toJson } from '../kernel/json.ts';
import type { Timeline } from '../kernel/timeline.ts';
import type { WireAnswer, WireRequest } from './exchange.ts';

interface Held {
  readonly path: string;
  readonly body: string;
  readonly requestId: string;
  readonly since: number;
  answer: WireAnswer | null;
}

/** Stripe prunes keys that are at least this old. */
const keptSeconds = 24 * 3600;

/** First answers by idempotency key, as https://docs.stripe.com/api/idempotent_requests has it. */
export class IdempotencyKeys {
  readonly #held = new Map<string, Held>();
  readonly #time: Timeline;

  constructor(time: Timeline) {
    this.#time = time;
  }

  /** The answer to replay, or `null` when the work is still to be done and the key is now taken. */
  begin(key: string, request: WireRequest, requestId: string): WireAnswer | null {
    const held = this.#held.get(key);
    const fresh = held !== undefined && this.#time.now - held.since < keptSeconds;
    if (!fresh) {
      const { target: path, body } = request;
      this.#held.set(key, { path, body, requestId, since: this.#time.now, answer: null });
      return null;
    }
    if (held.path !== request.target)
      throw mismatch(key, `for the same endpoint they were first used for ('${held.path}')`);
    if (held.body !== request.body) throw mismatch(key, 'with the same parameters they were first used with');
    if (held.answer === null) throw inUse(key);
    return {
      ...own(held.answer),
      headers: { ...held.answer.headers, 'idempotent-replayed': 'true', 'original-request': held.requestId },
    };
  }

  /** Keeps the answer, a failure included; `null` frees the key, since nothing had begun. */
  end(key: string, answer: WireAnswer | null): void {
    const held = this.#held.get(key);
    if (answer === null) this.#held.delete(key);
    else if (held !== undefined) held.answer = own(answer);
  }
}

/** A copy, since whoever receives an answer may make its objects of it. */
function own(answer: WireAnswer): WireAnswer {
  return { ...answer, content: toJson(answer.content) };
}

function mismatch(key: string, how: string): StripeFailure {
  const message = `Keys for idempotent requests can only be used ${how}. Try using a key other than '${key}' if you meant to execute a different request.`;
  return new StripeFailure(400, { type: 'idempotency_error', message }, { saved: false });
}

function inUse(key: string): StripeFailure {
  const message = `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`;
  const body = { type: 'invalid_request_error', code: 'idempotency_key_in_use', message };
  return new StripeFailure(409, body, { saved: false });
}
