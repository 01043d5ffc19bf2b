import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
} from 'cockatiel';

/** Why a command gave no answer. `open`: not sent, the breaker is open. `refused`: the service answered with an error (OOM, READONLY, NOAUTH, quota …). `garbled`: with something it never says. */
export type Fault = 'timeout' | 'open' | 'unreachable' | 'refused' | 'garbled';

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault; readonly cause: unknown };

/** Runs commands against a service that we can do without. Never rejects and never waits longer than the deadline. */
export interface Guard {
  run<T>(command: () => Promise<T>): Promise<Outcome<T>>;
  /** False while the breaker is open or probing. */
  readonly up: boolean;
}

export interface GuardOptions {
  /** Source: reliability.md F17. */
  readonly deadlineMs?: number;
  /** Consecutive failures that open the breaker. Source: reliability.md F16. */
  readonly failures?: number;
  /** The first pause before a probe; it doubles to `maxPauseMs` while probes fail. */
  readonly pauseMs?: number;
  readonly maxPauseMs?: number;
  onChange?(up: boolean): void;
}

class DeadlineError extends Error {}

/** Thrown by a command whose reply makes no sense. */
export class GarbledReply extends Error {}

/**
 * A deadline for each command and one breaker for all: five failures in a row open it, then a single probe after each
 * pause decides. Callers that come during a probe are turned away at once, and nothing is ever sent twice.
 */
export function createGuard(options: GuardOptions = {}): Guard {
  const { deadlineMs = 100, failures = 5, pauseMs = 500, maxPauseMs = 10_000, onChange } = options;
  const breaker = circuitBreaker(handleAll, {
    breaker: new ConsecutiveBreaker(failures),
    halfOpenAfter: new ExponentialBackoff({ initialDelay: pauseMs, maxDelay: maxPauseMs }),
  });
  breaker.onBreak(() => onChange?.(false));
  breaker.onReset(() => onChange?.(true));

  return {
    get up() {
      return breaker.state === CircuitState.Closed;
    },
    async run(command) {
      // Cockatiel would let these wait for the probe's outcome.
      if (breaker.state === CircuitState.HalfOpen) return { ok: false, fault: 'open', cause: undefined };
      try {
        return { ok: true, value: await breaker.execute(() => within(deadlineMs, command)) };
      } catch (error) {
        return { ok: false, fault: faultOf(error), cause: error };
      }
    },
  };
}

/** A value that arrives after the deadline is dropped with its promise. */
async function within<T>(deadlineMs: number, command: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`no answer within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([command(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function faultOf(error: unknown): Fault {
  if (error instanceof BrokenCircuitError) return 'open';
  if (error instanceof GarbledReply) return 'garbled';
  if (!(error instanceof Error)) return 'unreachable';
  if (error instanceof DeadlineError || error.name === 'TimeoutError' || error.name === 'AbortError')
    return 'timeout';
  return error.name.startsWith('Upstash') ? 'refused' : 'unreachable';
}
