import { Failure } from './failure.ts';

/** Throws `request.timeout` after `ms` even when `load` ignores its signal, so that nobody waits for a hung one. */
export async function withDeadline<T>(ms: number, load: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const failure = new Failure('request.timeout');
      abort.abort(failure);
      reject(failure);
    }, ms);
  });
  try {
    return await Promise.race([load(abort.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
