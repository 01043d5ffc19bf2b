import { NonRetriableError, RetryAfterError } from 'inngest';
import { kindMappings } from '../server/core/catalog.ts';
import { Failure } from '../server/core/failure.ts';
import { EmailRefused } from '../server/integrations/email/port.ts';

/**
 * Runs an operation inside a step and translates its Failure: kinds that a repetition cannot mend, and mail
 * that no server will take, end the run,
 * `retryAfterMs` delays the next attempt, everything else is retried by the function's policy.
 */
export async function attempt<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): unknown {
  if (error instanceof EmailRefused) return new NonRetriableError(error.message, { cause: error });
  if (!(error instanceof Failure)) return error;
  const text = `${error.code}: ${error.message}`;
  if (!error.retryable && !kindMappings[error.kind].jobRetries)
    return new NonRetriableError(text, { cause: error });
  const { retryAfterMs } = error.detail;
  return retryAfterMs === undefined ? error : new RetryAfterError(text, retryAfterMs, { cause: error });
}
