import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/observe.ts';
import type { ChainLink } from '../integrations/ai/chain.ts';
import type { ModelRequest, ProviderError } from '../integrations/ai/port.ts';
import { type AttemptResult, runAttempt } from './attempt.ts';
import type { AttemptEnded, AttemptSink, AttemptStarted, AttemptsOutcome } from './attempt-facts.ts';
import { type LinkState, linkStates, nextLink, noteFailure } from './attempt-order.ts';
import { exhausted, outcomeOf } from './attempt-outcome.ts';
import { type AttemptPolicy, chatPolicy, limitsOf } from './attempt-policy.ts';
import type { Admission, ProviderHealth } from './provider-health.ts';

export type { ChainLink } from '../integrations/ai/chain.ts';
export type { AttemptEnded, AttemptSink, AttemptStarted, AttemptsOutcome } from './attempt-facts.ts';

export interface AttemptsInput {
  /** The providers to try, in order; at least one. */
  readonly chain: readonly ChainLink[];
  readonly request: Omit<ModelRequest, 'model'>;
  /** Fires when the run is cancelled, fenced or out of time: the vendor's connection is closed at once. */
  readonly signal: AbortSignal;
  readonly sink: AttemptSink;
  readonly health: ProviderHealth;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `chatPolicy` when not given. */
  readonly policy?: AttemptPolicy;
  /** For tests; `Math.random` and a timer. A sleep ends early when the signal fires. */
  readonly random?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Answers a request by the first provider of the chain that can. While nothing visible was sent, failures are silent:
 * the next provider is asked at once, and only when none is left is one repeated, with jitter, Retry-After and a deadline.
 * After visible text a failure ends the run as failed. Usage is recorded for every attempt. Rejects only when the sink throws.
 */
export async function runAttempts(input: AttemptsInput): Promise<AttemptsOutcome> {
  const policy = input.policy ?? chatPolicy;
  const states = linkStates(input.chain);
  const attempts: AttemptEnded[] = [];
  const giveUpAt = input.clock.now() + policy.startWithinMs;
  let previous: LinkState | null = null;
  let failure: ProviderError | null = null;
  for (;;) {
    const turn = await nextTurn(input, states, giveUpAt);
    if (turn === null) break;
    const started = startedFact(attempts.length + 1, turn.state, previous);
    const { ended, result } = await takeTurn({ ...input, policy }, turn, started);
    attempts.push(ended);
    const outcome = outcomeOf(result, ended.outcome);
    if (outcome !== null) return { ...outcome, attempts };
    previous = turn.state;
    failure = result.failure;
    if (failure !== null) {
      const random = (input.random ?? Math.random)();
      noteFailure(states, turn.state, { error: failure, at: input.clock.now(), random }, policy);
    }
  }
  return { ...(input.signal.aborted ? { kind: 'cancelled' } : exhausted(failure)), attempts };
}

interface Turn {
  readonly state: LinkState;
  readonly admission: Admission;
}

/** Whom to ask next, after waiting for it where nobody else is left; null when nobody can answer in time, or on abort. */
async function nextTurn(
  input: AttemptsInput,
  states: readonly LinkState[],
  giveUpAt: number,
): Promise<Turn | null> {
  while (!input.signal.aborted) {
    const state = nextLink(states);
    const now = input.clock.now();
    if (state === null || Math.max(now, state.readyAt) > giveUpAt) return null;
    if (state.readyAt > now) {
      await (input.sleep ?? sleepUntilAborted)(state.readyAt - now, input.signal);
      continue;
    }
    const admission = input.health.admit(state.link.provider.id);
    if (admission !== null) return { state, admission };
    state.ruledOut = true;
  }
  return null;
}

async function sleepUntilAborted(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleepFor(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function takeTurn(
  input: AttemptsInput & { readonly policy: AttemptPolicy },
  { state, admission }: Turn,
  started: AttemptStarted,
): Promise<{ ended: AttemptEnded; result: AttemptResult }> {
  const { signal, sink } = input;
  const { link } = state;
  state.tries += 1;
  sink.attemptStarted(started);
  const request = { ...input.request, model: link.model };
  const limits = limitsOf(input.policy, link);
  const result = await runAttempt({ link, request, limits, signal }, admission, sink);
  const ended = endedFact(started, result, signal.aborted);
  sink.attemptEnded(ended);
  if (result.failure !== null) report(input.logger, started, result.failure);
  return { ended, result };
}

function startedFact(attempt: number, { link }: LinkState, previous: LinkState | null): AttemptStarted {
  const again = previous?.link === link ? 'retry' : 'fallback';
  return {
    attempt,
    provider: link.provider.id,
    model: link.model,
    reason: previous === null ? 'first' : again,
  };
}

function endedFact(started: AttemptStarted, result: AttemptResult, isAborted: boolean): AttemptEnded {
  const { attempt, provider, model } = started;
  const facts = { attempt, provider, model, usage: result.usage, requestId: result.requestId };
  if (result.failure === null)
    return { ...facts, outcome: result.stop === 'stop' ? 'completed' : 'incomplete' };
  const outcome = isAborted && result.failure.kind === 'aborted' ? 'cancelled' : 'failed';
  return { ...facts, outcome, code: result.failure.kind };
}

/** A refused key or a request the vendor does not understand needs a person; the rest is weather. */
function report(logger: Logger, started: AttemptStarted, failure: ProviderError): void {
  if (failure.kind === 'aborted') return;
  const needsPerson = failure.kind === 'authentication' || failure.kind === 'invalid_request';
  logger[needsPerson ? 'error' : 'info'](
    { ...started, kind: failure.kind, status: failure.status, requestId: failure.requestId, err: failure },
    'an attempt at a model failed',
  );
}
