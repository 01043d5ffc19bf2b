import { failureFromStatus, fromFailure, retryAfterMs } from './error-mapping.ts';
import { sdkError } from './errors.ts';
import type { FetchFunction } from './options.ts';

type TrpcFetch = (input: Request | URL | string, init?: object) => Promise<Response>;

/**
 * A fetch that lets only our API's answers through. An HTML page of a proxy or a bare 503 becomes a RepSpheresError
 * with its status and Retry-After, instead of a complaint about JSON.
 */
export function checkedFetch(inner: FetchFunction): TrpcFetch {
  return async (input, init) => {
    const response = await inner(String(input), init as RequestInit);
    const type = response.headers.get('content-type') ?? '';
    if (type.includes('json')) return response;
    await response.body?.cancel();
    if (response.ok) throw sdkError('sdk.unexpected-answer', { status: response.status });
    throw statusError(response);
  };
}

/** The error of an answer that is not of our API. */
export function statusError(response: Response): Error {
  const failure = failureFromStatus(response.status);
  return fromFailure(
    { ...failure, retryAfterMs: retryAfterMs(response.headers.get('retry-after'), Date.now()) },
    { status: response.status, requestId: response.headers.get('x-request-id') ?? undefined },
  );
}
