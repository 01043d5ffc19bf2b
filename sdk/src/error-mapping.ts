import { TRPCClientError } from '@trpc/client';
import type { FailureCode, FailureKind } from '../contract/platform.ts';
import { isRepSpheresError, type PublicFailure, RepSpheresError, sdkError } from './errors.ts';

/** Any thrown value as a RepSpheresError; `path` is the procedure that was called. */
export function toRepSpheresError(thrown: unknown, path?: string): RepSpheresError {
  if (isRepSpheresError(thrown)) return thrown;
  const inner = innermost(thrown);
  if (isRepSpheresError(inner)) return inner;
  const data = thrown instanceof TRPCClientError && thrown.data ? record(thrown.data) : errorDataIn(inner);
  if (data) return fromErrorData(data, thrown, path);
  if (isAbort(inner)) return sdkError('sdk.aborted', { path, cause: inner });
  if (inner instanceof SyntaxError) return sdkError('sdk.unexpected-answer', { path, cause: inner });
  return sdkError('sdk.network', { path, cause: inner });
}

function fromErrorData(
  data: Readonly<Record<string, unknown>>,
  thrown: unknown,
  path?: string,
): RepSpheresError {
  const failure = isPublicFailure(data.failure) ? data.failure : failureFromTrpcCode(String(data.code));
  return fromFailure(failure, {
    status: typeof data.httpStatus === 'number' ? data.httpStatus : undefined,
    requestId: typeof data.requestId === 'string' ? data.requestId : undefined,
    path: path ?? (typeof data.path === 'string' ? data.path : undefined),
    cause: thrown,
  });
}

export interface FailureOrigin {
  readonly status?: number;
  readonly requestId?: string;
  readonly path?: string;
  readonly cause?: unknown;
}

/** The error of a failure the server sent. */
export function fromFailure(failure: PublicFailure, origin: FailureOrigin = {}): RepSpheresError {
  return new RepSpheresError(failure.code, failure.message, { ...failure, ...origin });
}

const byTrpcCode: Readonly<Record<string, [FailureCode, FailureKind]>> = {
  UNAUTHORIZED: ['auth.required', 'unauthenticated'],
  FORBIDDEN: ['auth.not-allowed', 'forbidden'],
  NOT_FOUND: ['request.unknown-procedure', 'not-found'],
  BAD_REQUEST: ['request.invalid', 'invalid'],
  PARSE_ERROR: ['request.invalid', 'invalid'],
  PAYLOAD_TOO_LARGE: ['request.too-large', 'invalid'],
  TOO_MANY_REQUESTS: ['request.rate-limited', 'limit'],
  TIMEOUT: ['request.timeout', 'upstream'],
  BAD_GATEWAY: ['server.unavailable', 'upstream'],
  SERVICE_UNAVAILABLE: ['server.unavailable', 'upstream'],
  GATEWAY_TIMEOUT: ['server.unavailable', 'upstream'],
};

/** For an answer that carries no failure of ours: something between us and the server spoke. */
function failureFromTrpcCode(trpcCode: string): PublicFailure {
  const [code, kind] = byTrpcCode[trpcCode] ?? ['server.internal', 'internal'];
  return {
    code,
    kind,
    message: `The server answered ${trpcCode}.`,
    retryable: kind === 'upstream' || kind === 'limit',
  };
}

/** The failure behind a plain HTTP status, from a proxy or a server that could not form its own answer. */
export function failureFromStatus(status: number): PublicFailure {
  if (status === 401) return failureFromTrpcCode('UNAUTHORIZED');
  if (status === 403) return failureFromTrpcCode('FORBIDDEN');
  if (status === 404) return failureFromTrpcCode('NOT_FOUND');
  if (status === 413) return failureFromTrpcCode('PAYLOAD_TOO_LARGE');
  if (status === 429) return failureFromTrpcCode('TOO_MANY_REQUESTS');
  if (status === 502 || status === 503 || status === 504) return failureFromTrpcCode('SERVICE_UNAVAILABLE');
  return failureFromTrpcCode(status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR');
}

export function isPublicFailure(value: unknown): value is PublicFailure {
  const candidate = record(value);
  return typeof candidate?.code === 'string' && typeof candidate.kind === 'string';
}

/** `Retry-After` in milliseconds: seconds or an HTTP date. Undefined when absent or unreadable. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

function innermost(thrown: unknown): unknown {
  let current = thrown;
  for (let depth = 0; depth < 6; depth++) {
    // An event source that fails fails again while it is put away; the first failure is the one that says why.
    if (record(current)?.suppressed !== undefined) current = record(current)?.suppressed;
    else if (current instanceof TRPCClientError && current.cause) current = current.cause;
    else break;
  }
  return current;
}

/** The data of a tRPC error body that nobody has unpacked: what an event source fails with. */
function errorDataIn(body: unknown): Readonly<Record<string, unknown>> | undefined {
  return record(record(record(body)?.error)?.data);
}

function isAbort(value: unknown): boolean {
  return record(value)?.name === 'AbortError';
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
