import type { ProcedureFlags } from '../contract/procedures.ts';
import type { MutationOptions } from './client-types.ts';
import type { Proof } from './credentials.ts';
import { type Deadline, openDeadline } from './deadline.ts';
import { toRepSpheresError } from './error-mapping.ts';
import { type RepSpheresError, type SdkCode, sdkError } from './errors.ts';
import type { Logger } from './options.ts';
import { backoffMs, randomKey, sleep, withSignal } from './timing.ts';

/** One message to the server: what the links need to know of a call. */
export interface Send {
  readonly path: string;
  readonly flags: ProcedureFlags;
  readonly input: unknown;
  readonly token: string | null;
  readonly idempotencyKey: string | null;
  /** Whether the session's cookie goes with it. */
  readonly withCookie: boolean;
  readonly signal: AbortSignal;
}

export interface CallRuntime {
  readonly credentials: Proof;
  readonly closing: AbortSignal;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly logger: Logger;
  send(message: Send): Promise<unknown>;
}

export interface CallRequest {
  readonly path: string;
  readonly flags: ProcedureFlags;
  readonly input: unknown;
  readonly options?: MutationOptions;
  readonly withCookie?: boolean;
}

/** First pause before a repeat, and the longest one. Source: sdk-identity-deploy.md 1.6. */
const retryBounds = { baseMs: 300, capMs: 5_000 };

/** One call with everything around it: time limit, repeats, a fresh token. Rejects with a RepSpheresError only. */
export async function call(runtime: CallRuntime, request: CallRequest): Promise<unknown> {
  const { options = {}, flags, path } = request;
  const deadline = openDeadline(options.timeoutMs ?? runtime.timeoutMs, runtime.closing, options.signal);
  const named = options.idempotencyKey === undefined ? randomKey() : options.idempotencyKey;
  const idempotencyKey = flags.kind === 'mutation' ? named : null;
  const maySendAgain = flags.kind === 'query' || idempotencyKey !== null;
  try {
    for (let failures = 1; ; failures++) {
      try {
        return await authorised(runtime, { ...request, idempotencyKey, signal: deadline.signal });
      } catch (thrown) {
        const error = toRepSpheresError(thrown, path);
        const waitMs = backoffMs(failures, { ...retryBounds, atLeastMs: error.retryAfterMs });
        const worthIt = error.retryable && maySendAgain && failures <= runtime.maxRetries;
        if (!worthIt || deadline.signal.aborted || waitMs >= deadline.remainingMs()) throw error;
        runtime.logger.debug?.('repeating a call', { path, code: error.code, failures, waitMs });
        await sleep(waitMs, deadline.signal);
      }
    }
  } catch (thrown) {
    throw outcome(thrown, deadline, path);
  } finally {
    deadline.dispose();
  }
}

/** Sends with the current token; when that is refused, once more with a fresh one. */
async function authorised(
  runtime: CallRuntime,
  request: CallRequest & { idempotencyKey: string | null; signal: AbortSignal },
): Promise<unknown> {
  const { credentials } = runtime;
  const { path, flags, input, idempotencyKey, signal, withCookie = false } = request;
  const send = (token: string | null) =>
    withSignal(runtime.send({ path, flags, input, token, idempotencyKey, withCookie, signal }), signal);
  const isShared = flags.public === true && flags.cacheSeconds !== undefined;
  const token = isShared ? null : await withSignal(credentials.token(!flags.public), signal);
  try {
    return await send(token);
  } catch (thrown) {
    const error = toRepSpheresError(thrown, path);
    const fresh = isShared ? null : await withSignal(credentials.recover(error, token), signal);
    if (fresh === null) {
      credentials.giveUp(error, token);
      throw error;
    }
    return send(fresh).catch((again: unknown) => {
      const second = toRepSpheresError(again, path);
      credentials.giveUp(second, fresh);
      throw second;
    });
  }
}

/** Why the call ended: its deadline, whose signal aborts with an SDK error, where that came first; else what was thrown. */
function outcome(thrown: unknown, { signal }: Deadline, path: string): RepSpheresError {
  if (!signal.aborted) return toRepSpheresError(thrown, path);
  const { code, cause } = signal.reason as RepSpheresError & { code: SdkCode; cause?: unknown };
  return sdkError(code, { path, cause });
}
