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
  const iterator = open(controller.signal)[Symbol.asyncIterator]();
  let finished = false;
  try {
    for (;;) {
      const next = await within(iterator.next(), source, watch.next());
      if (next.done === true) return;
      watch.saw(next.value);
      finished = next.value.type === 'done';
      yield next.value;
      if (finished) return;
    }
  } finally {
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

/** Settles with `step`, or fails at the deadline or with the signal, whatever `step` does later. */
function within<T>(
  step: Promise<T>,
  source: { readonly provider: ProviderId; readonly signal: AbortSignal },
  deadline: NextDeadline,
): Promise<T> {
  const { provider, signal } = source;
  return new Promise((resolve, reject) => {
    const fail = (kind: ProviderErrorKind, message: string) => {
      stop();
      reject(new ProviderError(provider, kind, { message }));
    };
    const onAbort = () => fail('aborted', 'the attempt was aborted');
    const inMs = Math.min(Math.max(deadline.inMs, 0), longestTimerMs);
    const timer = setTimeout(() => fail(deadline.kind, 'no token within its deadline'), inMs);
    const stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    step.finally(stop).then(resolve, reject);
    if (signal.aborted) onAbort();
  });
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
