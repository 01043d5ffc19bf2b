import type { FailureCode, FailureKind, Tier } from '../contract/platform.ts';

/** Failures that arise on this side of the wire. */
export type SdkCode =
  | 'sdk.network'
  | 'sdk.timeout'
  | 'sdk.aborted'
  | 'sdk.closed'
  | 'sdk.unexpected-answer'
  | 'sdk.stream-broken'
  | 'sdk.sign-in-failed';

export type ErrorCode = FailureCode | SdkCode;

/** What an error means; `client` is for the codes that begin with `sdk.`. */
export type ErrorKind = FailureKind | 'client';

/** A budget that is used up: how much there is, how much is used, and when it starts anew (ISO instant). */
export interface LimitDetail {
  readonly limit: number;
  readonly used: number;
  readonly windowSeconds?: number;
  readonly resetsAt?: string;
}

/** The failure the server sends, on every transport. */
export interface PublicFailure {
  readonly code: FailureCode;
  readonly kind: FailureKind;
  readonly message: string;
  readonly retryable: boolean;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
  readonly retryAfterMs?: number;
  readonly requiredTier?: Tier;
  readonly runId?: string;
  readonly limit?: LimitDetail;
}

export interface ErrorDetail {
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly status?: number;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
  readonly requiredTier?: Tier;
  readonly runId?: string;
  readonly limit?: LimitDetail;
  readonly fields?: PublicFailure['fields'];
  readonly path?: string;
  readonly cause?: unknown;
}

/** The one error this SDK throws. Decide by `code`; `message` is fit for a person. */
export class RepSpheresError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  /** HTTP status of the answer, when there was one. */
  readonly status: number | undefined;
  /** Names the request in the server's logs; give it to support. */
  readonly requestId: string | undefined;
  /** Whether the same call may succeed later. Calls that are safe to repeat have been repeated already. */
  readonly retryable: boolean;
  /** Milliseconds to wait before another try. */
  readonly retryAfterMs: number | undefined;
  /** The lowest plan that allows this. */
  readonly requiredTier: Tier | undefined;
  /** Of `run.busy`: the run under way, which can be followed. */
  readonly runId: string | undefined;
  readonly limit: LimitDetail | undefined;
  /** Which fields of the input are wrong, and why. */
  readonly fields: PublicFailure['fields'];
  /** The procedure, as `module.procedure`. */
  readonly path: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail) {
    super(message);
    this.name = 'RepSpheresError';
    this.code = code;
    this.kind = detail.kind;
    this.status = detail.status;
    this.requestId = detail.requestId;
    this.retryable = detail.retryable;
    this.retryAfterMs = detail.retryAfterMs;
    this.requiredTier = detail.requiredTier;
    this.runId = detail.runId;
    this.limit = detail.limit;
    this.fields = detail.fields;
    this.path = detail.path;
    if (detail.cause !== undefined) {
      Object.defineProperty(this, 'cause', { value: detail.cause, configurable: true, writable: true });
    }
  }
}

/** Whether a caught value is an error of this SDK, also when two copies of it are loaded. */
export function isRepSpheresError(value: unknown): value is RepSpheresError {
  return value instanceof Error && value.name === 'RepSpheresError' && 'code' in value;
}

const messages: Readonly<Record<SdkCode, string>> = {
  'sdk.network': 'The server could not be reached.',
  'sdk.timeout': 'The call took longer than its time limit.',
  'sdk.aborted': 'The call was aborted.',
  'sdk.closed': 'This client is closed.',
  'sdk.unexpected-answer': 'The server gave an answer this SDK does not understand.',
  'sdk.stream-broken': 'The stream kept skipping events and could not be repaired.',
  'sdk.sign-in-failed': 'The sign-in was refused, or was not begun in this browser.',
};

/** An error of this side of the wire. Only a lost network or a lapsed time limit is worth another try. */
export function sdkError(code: SdkCode, detail: Partial<ErrorDetail> = {}): RepSpheresError {
  return new RepSpheresError(code, messages[code], {
    kind: 'client',
    retryable: code === 'sdk.network' || code === 'sdk.timeout',
    ...detail,
  });
}
