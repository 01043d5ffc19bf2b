import type { FailureCode } from '../core/catalog.ts';
import type { ProviderError, ProviderErrorKind, ProviderId } from '../integrations/ai/port.ts';
import type { OutputSink } from './attempt.ts';
import type { AttemptUsage } from './events.ts';

export interface AttemptStarted {
  /** 1, 2, 3… within the run. */
  readonly attempt: number;
  readonly provider: ProviderId;
  readonly model: string;
  readonly reason: 'first' | 'retry' | 'fallback';
}

export interface AttemptEnded {
  readonly attempt: number;
  readonly provider: ProviderId;
  readonly model: string;
  readonly outcome: 'completed' | 'incomplete' | 'failed' | 'cancelled';
  /** Why it failed; absent when the vendor ended it. */
  readonly code?: ProviderErrorKind;
  readonly usage: AttemptUsage;
  readonly requestId: string | null;
}

/**
 * The facts of a run's attempts, in order: started, output, ended, started… Everything of one attempt comes between
 * its start and its end, and text only of one attempt. Calls are synchronous and must not throw.
 */
export interface AttemptSink extends OutputSink {
  attemptStarted(fact: AttemptStarted): void;
  attemptEnded(fact: AttemptEnded): void;
}

/** How a run's attempts came out. Text that went to the sink before `failed` stays: it is a partial answer. */
export type AttemptsOutcome = { readonly attempts: readonly AttemptEnded[] } & (
  | { readonly kind: 'completed' }
  | { readonly kind: 'incomplete'; readonly reason: 'max_output' | 'content_filter' }
  | {
      readonly kind: 'failed';
      readonly code: Extract<FailureCode, 'run.provider-failed' | 'run.provider-refused'>;
      readonly retryable: boolean;
      readonly retryAfterMs: number | null;
      /** The last failure; null when every provider was skipped as dead, or the vendor refused by its terminal event. */
      readonly cause: ProviderError | null;
    }
  | { readonly kind: 'cancelled' }
);
