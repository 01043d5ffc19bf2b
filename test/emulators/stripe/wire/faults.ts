import { setTimeout as sleep } from 'node:timers/promises';
import { StripeFailure } from '../kernel/failure.ts';
import { ConnectionCut, type WireAnswer, type WireRequest } from './exchange.ts';

/** What goes wrong with a request. `before` the work nothing has happened; `after` it, everything has, but the client is not told. */
export interface Fault {
  readonly kind: 'status' | 'reset' | 'hang' | 'delay' | 'half-body';
  readonly at?: 'before' | 'after';
  /** Only requests of this method, and whose path matches. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly path?: RegExp;
  /** How many requests it meets; 1 unless told, `Infinity` for all. */
  readonly times?: number;
  /** How many matching requests pass before it begins. */
  readonly skip?: number;
  /** Of kind `status`: 500 unless told. */
  readonly status?: number;
  readonly type?: string;
  readonly code?: string;
  /** Sent as `Stripe-Should-Retry`. */
  readonly shouldRetry?: boolean;
  /** Sent as `Retry-After`, in seconds. */
  readonly retryAfter?: number;
  /** Of kind `delay`: real milliseconds. */
  readonly ms?: number;
}

/** The faults that a test has scripted, in the order of scripting; a request meets the first that matches. */
export class Faults {
  #scripted: { fault: Fault; skip: number; left: number }[] = [];

  add(fault: Fault): void {
    this.#scripted.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#scripted = [];
  }

  take(request: WireRequest): Fault | null {
    const [path = ''] = request.target.split('?');
    for (const entry of this.#scripted) {
      if (entry.left <= 0 || !matches(entry.fault, request.method, path)) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.left -= 1;
      return entry.fault;
    }
    return null;
  }
}

function matches(fault: Fault, method: string, path: string): boolean {
  return (fault.method ?? method) === method && (fault.path?.test(path) ?? true);
}

/** Lets the fault of this stage happen: throws a refusal or a cut, waits, or does nothing. */
export async function suffer(
  fault: Fault | null,
  stage: 'before' | 'after',
  context: { request: WireRequest; answer: WireAnswer | null },
): Promise<void> {
  if (fault === null || (fault.at ?? (fault.kind === 'half-body' ? 'after' : 'before')) !== stage) return;
  if (fault.kind === 'delay') await sleep(fault.ms ?? 0);
  else if (fault.kind === 'reset') throw new ConnectionCut();
  else if (fault.kind === 'half-body') throw new ConnectionCut(context.answer);
  else if (fault.kind === 'hang') await untilClientLeaves(context.request);
  else throw refusalOf(fault);
}

function untilClientLeaves({ signal }: WireRequest): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(new ConnectionCut());
    signal?.addEventListener('abort', () => reject(new ConnectionCut()), { once: true });
  });
}

function refusalOf(fault: Fault): StripeFailure {
  const status = fault.status ?? 500;
  const type = fault.type ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  const code = fault.code ?? (status === 429 ? 'rate_limit' : undefined);
  const headers: Record<string, string> = {};
  if (fault.shouldRetry !== undefined) headers['stripe-should-retry'] = String(fault.shouldRetry);
  if (fault.retryAfter !== undefined) headers['retry-after'] = String(fault.retryAfter);
  const message = `An error as the test has scripted it (${status})`;
  return new StripeFailure(
    status,
    { type, message, ...(code === undefined ? {} : { code }) },
    { headers, saved: fault.at === 'after' },
  );
}
