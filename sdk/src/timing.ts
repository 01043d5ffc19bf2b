/**
 * Milliseconds before try number `failures` + 1 (failures ≥ 1): full jitter under a doubling ceiling,
 * never earlier than the server asked for.
 */
export function backoffMs(
  failures: number,
  bounds: { baseMs: number; capMs: number; atLeastMs?: number },
): number {
  const ceiling = Math.min(bounds.capMs, bounds.baseMs * 2 ** Math.min(failures - 1, 20));
  const jittered = Math.random() * ceiling;
  return bounds.atLeastMs === undefined ? jittered : bounds.atLeastMs + jittered * 0.2;
}

/** Waits; rejects with the signal's reason when it is aborted first, leaving no timer behind. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Settles as the promise does, or rejects with the signal's reason when that comes first. */
export function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** A random key of 128 bits in hex, where possible from the platform's secure source. */
export function randomKey(): string {
  const bytes = new Uint8Array(16);
  if (typeof crypto === 'object' && typeof crypto.getRandomValues === 'function')
    crypto.getRandomValues(bytes);
  else for (let index = 0; index < bytes.length; index++) bytes[index] = Math.floor(Math.random() * 256);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** In Node a timer holds the process; in browsers it is a number and holds nothing. */
export function letProcessEnd(timer: unknown): void {
  (timer as { unref?(): void }).unref?.();
}
