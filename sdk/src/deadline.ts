import { type RepSpheresError, sdkError } from './errors.ts';

/** The end of one call: by its time limit, by its caller, or because the client is closed. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Milliseconds that are left. */
  remainingMs(): number;
  dispose(): void;
}

/** `signal` aborts with a RepSpheresError as its reason. `dispose` must be called, else the timer holds the process. */
export function openDeadline(timeoutMs: number, closing: AbortSignal, caller?: AbortSignal): Deadline {
  const controller = new AbortController();
  const end = (error: RepSpheresError) => controller.abort(error);
  const onClosing = () => end(sdkError('sdk.closed'));
  const onCaller = () => end(sdkError('sdk.aborted', { cause: caller?.reason }));
  const endsAt = Date.now() + timeoutMs;
  const timer = Number.isFinite(timeoutMs)
    ? setTimeout(() => end(sdkError('sdk.timeout')), timeoutMs)
    : undefined;
  if (closing.aborted) onClosing();
  else if (caller?.aborted) onCaller();
  closing.addEventListener('abort', onClosing);
  caller?.addEventListener('abort', onCaller);
  return {
    signal: controller.signal,
    remainingMs: () => endsAt - Date.now(),
    dispose: () => {
      clearTimeout(timer);
      closing.removeEventListener('abort', onClosing);
      caller?.removeEventListener('abort', onCaller);
    },
  };
}
