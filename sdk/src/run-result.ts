import type { AttemptUsage, Run } from '../contract/types.ts';
import type { TerminalEvent } from './run-fold.ts';

/** How a run ended. */
export interface RunResult {
  readonly status: 'completed' | 'incomplete' | 'failed' | 'cancelled';
  /** The answer, equal to the stored message; partial unless `completed`. */
  readonly text: string;
  /** The stored message; null where nothing was worth storing. */
  readonly messageId: string | null;
  /** Tokens of the attempt that gave the answer; known of completed runs. */
  readonly usage: AttemptUsage | null;
  /** Why a failed run failed. */
  readonly failure: { readonly code: string; readonly message: string; readonly retryable: boolean } | null;
  /** Why an incomplete or cancelled run ended, e.g. `time_limit`. */
  readonly reason: string | null;
  /** The plan that would have allowed more, when a limit of the plan ended the run. */
  readonly requiredTier: string | null;
}

/** The result a terminal event stands for. */
export function resultOf(event: TerminalEvent): RunResult {
  const base = { text: event.text, messageId: event.messageId, usage: null, failure: null, reason: null };
  const none = { ...base, requiredTier: null };
  switch (event.type) {
    case 'run.completed':
      return { ...none, status: 'completed', usage: event.usage };
    case 'run.incomplete':
      return {
        ...none,
        status: 'incomplete',
        reason: event.reason,
        requiredTier: event.requiredTier ?? null,
      };
    case 'run.failed': {
      const { code, message, retryable } = event;
      return { ...none, status: 'failed', failure: { code, message, retryable } };
    }
    case 'run.cancelled':
      return { ...none, status: 'cancelled', reason: event.reason };
  }
}

/** The result of a run as `runs.get` has it; null while it has not ended. */
export function resultOfRun(run: Run): RunResult | null {
  const { status, text, messageId, usage, failure, reason, requiredTier } = run;
  if (status === 'queued' || status === 'running') return null;
  return { status, text, messageId, usage, failure, reason, requiredTier };
}
