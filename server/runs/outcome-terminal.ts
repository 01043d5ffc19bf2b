import { catalog } from '../core/catalog.ts';
import { sumUsage } from './attempt-record.ts';
import type { AttemptsOutcome } from './attempts.ts';
import type { TerminalDraft } from './settle.ts';

/** The terminal event an outcome means; null when the run was taken away, and its taker writes the end. */
export function outcomeTerminal(outcome: AttemptsOutcome, text: string): TerminalDraft | null {
  if (outcome.kind === 'cancelled') return null;
  if (outcome.kind === 'completed') {
    return { type: 'run.completed', text, usage: sumUsage(outcome.attempts.map((attempt) => attempt.usage)) };
  }
  if (outcome.kind === 'incomplete') return { type: 'run.incomplete', reason: outcome.reason, text };
  const { code, retryable } = outcome;
  return { type: 'run.failed', code, message: catalog[code].message, retryable, text };
}
