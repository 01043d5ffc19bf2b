import type { NewUsageAttempt } from '../../db/queries/usage.ts';
import type { ProviderId } from '../integrations/ai/port.ts';
import { costNanoUsd } from '../integrations/ai/prices.ts';
import { estimateTokens, noUsage } from '../integrations/ai/usage.ts';
import type { AttemptEnded } from './attempt-facts.ts';
import type { AttemptUsage, RunEvent } from './events.ts';

type AttemptStarted = Extract<RunEvent, { type: 'attempt.started' }>;

/** What one attempt used, as the company's ledger keeps it. */
export type AttemptRecord = Omit<NewUsageAttempt, 'runId'>;

/** Prices an attempt by the list in force at `atMs`. */
export function attemptRecord(
  facts: Pick<AttemptEnded, 'attempt' | 'provider' | 'model' | 'usage' | 'requestId'>,
  app: string,
  atMs: number,
): AttemptRecord {
  const { attempt, provider, model, usage, requestId } = facts;
  const cost = costNanoUsd({ provider, model, usage }, atMs);
  return {
    attempt,
    provider,
    model,
    app,
    ...usage,
    costNanoUsd: Number(cost.nanoUsd),
    priceVersion: cost.priceVersion,
    providerRequestId: requestId,
  };
}

/**
 * The attempts a dead or fenced producer left in the log: ended ones as their end says, an open one with output
 * estimated from the committed text (P9). A producer that is still alive replaces estimates with what its vendor reported.
 */
export function loggedAttempts(events: readonly RunEvent[], app: string, atMs: number): AttemptRecord[] {
  const started = new Map<number, AttemptStarted>();
  const usages = new Map<number, AttemptUsage>();
  let text = '';
  for (const event of events) {
    if (event.type === 'attempt.started') {
      started.set(event.attempt, event);
      text = '';
    } else if (event.type === 'text.delta') text += event.text;
    else if (event.type === 'attempt.ended') usages.set(event.attempt, event.usage);
  }
  return [...started.values()].map((event) => {
    const { attempt, model } = event;
    // Only the last one can be open, and `text` is what came since it started.
    const usage = usages.get(attempt) ?? { ...noUsage, outputTokens: estimateTokens(text) };
    const facts = { attempt, provider: providerOf(event), model, usage, requestId: null };
    return attemptRecord(facts, app, atMs);
  });
}

/** Safe to cast: `eventSink` writes it, from an adapter's id. */
function providerOf({ provider }: AttemptStarted): ProviderId {
  return provider as ProviderId;
}

/** The sum over attempts, for the terminal event; `reported` only when every part is. */
export function sumUsage(usages: readonly AttemptUsage[]): AttemptUsage {
  return usages.reduce<AttemptUsage>(
    (sum, one) => ({
      inputTokens: sum.inputTokens + one.inputTokens,
      cacheReadTokens: sum.cacheReadTokens + one.cacheReadTokens,
      cacheWriteTokens: sum.cacheWriteTokens + one.cacheWriteTokens,
      outputTokens: sum.outputTokens + one.outputTokens,
      reasoningTokens: sum.reasoningTokens + one.reasoningTokens,
      source: sum.source === 'reported' && one.source === 'reported' ? 'reported' : 'estimated',
    }),
    { ...noUsage, source: usages.length > 0 ? 'reported' : 'estimated' },
  );
}
