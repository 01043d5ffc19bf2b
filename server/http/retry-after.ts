import type { Failure } from '../core/failure.ts';

/** The longest wait that one of the failures asks for, in whole seconds; null when none does. */
export function retryAfterSeconds(failures: readonly Failure[]): number | null {
  const wait = Math.max(0, ...failures.map((failure) => failure.detail.retryAfterMs ?? 0));
  return wait > 0 ? Math.ceil(wait / 1000) : null;
}
