import { type ModelEvent, ProviderError, type ProviderErrorKind, type ProviderId } from './port.ts';

/** All in ms. */
export interface DeadlineLimits {
  /** From the start, or from the last sign of life, to the first text or reasoning. */
  readonly firstTokenMs: number;
  /** From the start to the first text or reasoning, however many pings come. */
  readonly firstTokenCapMs: number;
  /** Between two pieces of text or reasoning; pings do not count. */
  readonly stallMs: number;
  /** From the start to the end of the stream. */
  readonly totalMs: number;
}

/** How long the rest of a finished stream may take, so that its connection can serve again. */
const drainMs = 250;

/**
 * Passes on a provider's events, held to deadlines: a ProviderError `first_token_timeout` or `stalled` is thrown,
 * and the source aborted, when one passes; `aborted` as soon as `signal` fires, also when the source does not react.
 * Time the consumer takes does not count. Leaving the loop aborts the source unless it has said `done`.
 */
export async function* withDeadlines(
  open: (signal: AbortSignal) => AsyncIterable<ModelEvent>,
  source: { readonly provider: ProviderId; readonly signal: AbortSignal },
  limits: DeadlineLimits,
): AsyncGenerator<ModelEvent> {
  const controller = new AbortController();
  const watch = deadlineWatch(limits);
  const waiter = new Waiter(source);
  const iterator = open(controller.signal)[Symbol.asyncIterator]();
  let finished = false;
  try {
    for (;;) {
      const next = await waiter.within(iterator.next(), watch.next());
      if (next.done === true) return;
      watch.saw(next.value);
      finished = next.value.type === 'done';
      yield next.value;
      if (finished) return;
    }
  } finally {
    waiter.close();
    if (finished) void drain(iterator, controller);
    else controller.abort(new Error('the answer is no longer wanted'));
  }
}

interface NextDeadline {
  readonly inMs: number;
  readonly kind: ProviderErrorKind;
}

/** Which deadline is nearest, given what has been seen. */
function deadlineWatch(limits: DeadlineLimits) {
  const startedAt = performance.now();
  let lastSignAt = startedAt;
  let hasToken = false;
  let waitsSince = startedAt;
  let waitedMs = 0;
  return {
    saw(event: ModelEvent): void {
      const now = performance.now();
      const isToken = event.type === 'text' || event.type === 'reasoning';
      hasToken ||= isToken;
      waitedMs = isToken ? 0 : waitedMs + now - waitsSince;
      lastSignAt = now;
    },
    next(): NextDeadline {
      waitsSince = performance.now();
      const untilEnd = startedAt + limits.totalMs - waitsSince;
      if (hasToken) return { inMs: Math.min(limits.stallMs - waitedMs, untilEnd), kind: 'stalled' };
      const untilCap = startedAt + limits.firstTokenCapMs - waitsSince;
      const sinceSign = lastSignAt + limits.firstTokenMs - waitsSince;
      return { inMs: Math.min(sinceSign, untilCap, untilEnd), kind: 'first_token_timeout' };
    },
  };
}

/** A longer timer would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Waits for one step after the other, each with its own deadline; one timer and one listener serve a whole stream. */
class Waiter {
  readonly #provider: ProviderId;
  readonly #signal: AbortSignal;
  #reject: ((error: ProviderError) => void) | null = null;
  #kind: ProviderErrorKind = 'stalled';
  #deadlineAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #timerAt = 0;

  constructor({ provider, signal }: { readonly provider: ProviderId; readonly signal: AbortSignal }) {
    this.#provider = provider;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Settles with `step`, or fails at the deadline or with the signal, whatever `step` does later. */
  within<T>(step: Promise<T>, deadline: NextDeadline): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#kind = deadline.kind;
      this.#deadlineAt = performance.now() + Math.min(Math.max(deadline.inMs, 0), longestTimerMs);
      this.#arm();
      step.then(
        (value) => {
          this.#reject = null;
          resolve(value);
        },
        (error: unknown) => {
          this.#reject = null;
          reject(error);
        },
      );
      if (this.#signal.aborted) this.#onAbort();
    });
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  /** A timer that fires too early only looks again, so most steps need no new one. */
  #arm(): void {
    if (this.#timer !== null && this.#timerAt <= this.#deadlineAt) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = this.#deadlineAt;
    this.#timer = setTimeout(this.#onTime, Math.ceil(this.#deadlineAt - performance.now()));
  }

  readonly #onTime = (): void => {
    this.#timer = null;
    if (this.#reject === null) return;
    if (performance.now() < this.#deadlineAt) this.#arm();
    else this.#fail(this.#kind, 'no token within its deadline');
  };

  readonly #onAbort = (): void => this.#fail('aborted', 'the attempt was aborted');

  #fail(kind: ProviderErrorKind, message: string): void {
    this.#reject?.(new ProviderError(this.#provider, kind, { message }));
    this.#reject = null;
  }
}

async function drain(iterator: AsyncIterator<ModelEvent>, controller: AbortController): Promise<void> {
  const timer = setTimeout(() => controller.abort(new Error('the stream did not end')), drainMs);
  try {
    while ((await iterator.next()).done !== true);
  } catch {
    // The answer is whole already; how its connection ends changes nothing.
  } finally {
    clearTimeout(timer);
  }
}
