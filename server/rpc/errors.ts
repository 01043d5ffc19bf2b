import type { TRPCError } from '@trpc/server';
import { type TRPC_ERROR_CODE_NUMBER, TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { ZodError } from 'zod';
import { statusOf } from '../core/catalog.ts';
import { Failure, type PublicFailure } from '../core/failure.ts';
import { invalidInput } from '../core/validation.ts';

/** The error of every door: JSON-RPC code and text as tRPC clients expect them, and our failure under `data`. */
export interface ErrorShape {
  message: string;
  code: TRPC_ERROR_CODE_NUMBER;
  data: { code: string; httpStatus: number; path?: string; requestId: string | null; failure: PublicFailure };
}

/** A call refused before it had a context (a bad credential, a spent budget), with the request id of its answer. */
export class RefusedCall extends Error {
  readonly failure: Failure;
  readonly requestId: string;
  constructor(failure: Failure, requestId: string) {
    super(failure.message, { cause: failure });
    this.name = 'RefusedCall';
    this.failure = failure;
    this.requestId = requestId;
  }
}

/** The request id of an error whose call got no context; null when it is not known here. */
export function refusedRequestId(error: TRPCError): string | null {
  return error.cause instanceof RefusedCall ? error.cause.requestId : null;
}

/** The Failure behind what tRPC caught: our own, a refused input, a refused request, or a defect. */
export function failureOf(error: TRPCError): Failure {
  if (error.cause instanceof Failure) return error.cause;
  if (error.cause instanceof RefusedCall) return error.cause.failure;
  if (error.code === 'BAD_REQUEST' && error.cause instanceof ZodError) return invalidInput(error.cause);
  if (error.code === 'NOT_FOUND') return new Failure('request.unknown-procedure', { cause: error });
  if (error.code === 'PAYLOAD_TOO_LARGE') return new Failure('request.too-large', { cause: error });
  if (error.code === 'CLIENT_CLOSED_REQUEST') return new Failure('request.timeout', { cause: error });
  const requestFaults = ['BAD_REQUEST', 'PARSE_ERROR', 'METHOD_NOT_SUPPORTED', 'UNSUPPORTED_MEDIA_TYPE'];
  if (requestFaults.includes(error.code)) return new Failure('request.invalid', { cause: error });
  return new Failure('server.internal', { cause: error.cause ?? error });
}

/** The public shape of a failure. */
export function errorShape(failure: Failure, requestId: string | null, path?: string): ErrorShape {
  const { httpStatus, trpcCode } = statusOf(failure.code);
  return {
    message: failure.message,
    code: TRPC_ERROR_CODES_BY_KEY[trpcCode],
    data: {
      code: trpcCode,
      httpStatus,
      ...(path === undefined ? {} : { path }),
      requestId,
      failure: failure.toPublic(),
    },
  };
}
