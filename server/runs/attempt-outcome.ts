import type { ProviderError } from '../integrations/ai/port.ts';
import type { AttemptResult } from './attempt.ts';
import type { AttemptEnded, AttemptsOutcome } from './attempt-facts.ts';
import { isWorthRepeating } from './attempt-order.ts';

type Outcome = AttemptsOutcome extends infer O ? (O extends unknown ? Omit<O, 'attempts'> : never) : never;

/** Longer waits are the vendor's own trouble and no advice to a person. */
const longestAdvisedWaitMs = 3_600_000;

/** The run's outcome by this attempt, or null when another may be tried. */
export function outcomeOf(result: AttemptResult, ended: AttemptEnded['outcome']): Outcome | null {
  const { stop, failure, visible } = result;
  if (ended === 'cancelled') return { kind: 'cancelled' };
  if (stop === 'stop') return { kind: 'completed' };
  if (stop === 'max_output') return { kind: 'incomplete', reason: stop };
  if (stop === 'content_filter' || failure?.kind === 'content_filter')
    return visible ? { kind: 'incomplete', reason: 'content_filter' } : refusal(failure);
  return visible ? exhausted(failure) : null;
}

function refusal(failure: ProviderError | null): Outcome {
  return {
    kind: 'failed',
    code: 'run.provider-refused',
    retryable: false,
    retryAfterMs: null,
    cause: failure,
  };
}

/** Nobody is left to ask, or text is out already; `failure` is the last one, null when every provider was skipped as dead. */
export function exhausted(failure: ProviderError | null): Outcome {
  return {
    kind: 'failed',
    code: 'run.provider-failed',
    retryable: failure === null || isWorthRepeating(failure.kind),
    retryAfterMs:
      failure?.retryAfterMs === undefined ? null : Math.min(failure.retryAfterMs, longestAdvisedWaitMs),
    cause: failure,
  };
}
