import type { NewUsageAttempt } from '../../db/queries/usage.ts';
import type { ProviderId } from '../integrations/ai/port.ts';
import { costNanoUsd } from '../integrations/ai/prices.ts';
import { estimateTokens, noUsage } from '../integrations/ai/usage.ts';
import type { AttemptEnded } from './attempt-facts.ts';
import type { AttemptUsage, RunEvent } from './events.ts';

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
 * The attempts a dead or fenced producer left open in the log, with output estimated from the committed text (P9).
 * A producer that is still alive replaces the estimate with what its vendor reported.
 */
export function openAttempts(events: readonly RunEvent[], app: string, atMs: number): AttemptRecord[] {
  const open = new Map<number, { started: Extract<RunEvent, { type: 'attempt.started' }>; text: string }>();
  let current: number | null = null;
  for (const event of events) {
    if (event.type === 'attempt.started') {
      current = event.attempt;
      open.set(event.attempt, { started: event, text: '' });
    } else if (event.type === 'text.delta' && current !== null) {
      const attempt = open.get(current);
      if (attempt !== undefined) attempt.text += event.text;
    } else if (event.type === 'attempt.ended') {
      open.delete(event.attempt);
    }
  }
  return [...open.values()].map(({ started, text }) =>
    attemptRecord(
      {
        attempt: started.attempt,
        provider: started.provider as ProviderId,
        model: started.model,
        usage: { ...noUsage, outputTokens: estimateTokens(text) },
        requestId: null,
      },
      app,
      atMs,
    ),
  );
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
