import { catalog, type FailureCode, type FailureKind, kindMappings } from './catalog.ts';
import type { Tier } from './tiers.ts';

export interface FailureDetail {
  /** Replaces the catalogue's public message. */
  readonly message?: string;
  /** The private reason; logged, never sent. */
  readonly cause?: unknown;
  /** Which input fields are wrong and why. */
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
  readonly retryAfterMs?: number;
  readonly requiredTier?: Tier;
  /** The caller's own run that stands in the way. */
  readonly runId?: string;
  readonly limit?: {
    readonly limit: number;
    readonly used: number;
    readonly windowSeconds?: number;
    readonly resetsAt?: string;
  };
}

/** The shape of a failure on every wire: HTTP body, socket frame, run event, job report. */
export interface PublicFailure {
  readonly code: FailureCode;
  readonly kind: FailureKind;
  readonly message: string;
  readonly retryable: boolean;
  readonly fields?: FailureDetail['fields'];
  readonly retryAfterMs?: number;
  readonly requiredTier?: Tier;
  readonly runId?: string;
  readonly limit?: FailureDetail['limit'];
}

/** An expected failure with a code of the catalogue. Everything else that is thrown is a defect. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly kind: FailureKind;
  readonly detail: FailureDetail;

  constructor(code: FailureCode, detail: FailureDetail = {}) {
    super(
      detail.message ?? catalog[code].message,
      detail.cause === undefined ? undefined : { cause: detail.cause },
    );
    this.name = 'Failure';
    this.code = code;
    this.kind = catalog[code].kind;
    this.detail = detail;
  }

  get retryable(): boolean {
    const entry = catalog[this.code];
    return 'retryable' in entry ? entry.retryable : kindMappings[this.kind].clientRetries;
  }

  toPublic(): PublicFailure {
    const { message: _message, cause: _cause, ...rest } = this.detail;
    return { code: this.code, kind: this.kind, message: this.message, retryable: this.retryable, ...rest };
  }
}

/** Any thrown value as a Failure; what is not one becomes `server.internal` and keeps its text private. */
export function toFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure('server.internal', { cause: error });
}
