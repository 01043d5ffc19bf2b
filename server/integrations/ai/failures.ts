import { type ModelRequest, ProviderError, type ProviderErrorKind, type ProviderId } from './port.ts';
import { parseRetryAfter } from './retry-after.ts';

/** The parts of a vendor SDK's API error that both vendors share. */
export interface VendorErrorFacts {
  readonly message: string;
  readonly status: number | undefined;
  /** Machine-readable names the vendor gave: error code, error type. */
  readonly codes: readonly unknown[];
  readonly requestId: string | undefined;
  readonly headers: Headers | undefined;
  readonly cause: unknown;
}

const kindByCode: ReadonlyMap<unknown, ProviderErrorKind> = new Map([
  ['context_length_exceeded', 'context_length'],
  ['request_too_large', 'context_length'],
  ['content_filter', 'content_filter'],
  ['content_policy_violation', 'content_filter'],
  ['invalid_prompt', 'content_filter'],
  ['bio_policy', 'content_filter'],
  ['misalignment_policy_violation', 'content_filter'],
  // The account cannot pay: waiting does not help, another vendor does.
  ['insufficient_quota', 'authentication'],
  ['billing_error', 'authentication'],
  ['authentication_error', 'authentication'],
  ['permission_error', 'authentication'],
  ['invalid_api_key', 'authentication'],
  ['overloaded_error', 'overloaded'],
  ['slow_down', 'overloaded'],
  ['rate_limit_error', 'rate_limited'],
  ['rate_limit_exceeded', 'rate_limited'],
  ['not_found_error', 'invalid_request'],
  ['model_not_found', 'invalid_request'],
]);

const kindByStatus: Readonly<Record<number, ProviderErrorKind>> = {
  401: 'authentication',
  402: 'authentication',
  403: 'authentication',
  408: 'server',
  409: 'server',
  413: 'context_length',
  429: 'rate_limited',
  503: 'overloaded',
  529: 'overloaded',
};

/** Anthropic reports a prompt that is too long only as `invalid_request_error` with this text. */
const promptTooLong = /prompt is too long|context (?:length|window)|too many (?:input )?tokens/i;

function kindOf(facts: VendorErrorFacts): ProviderErrorKind {
  for (const code of facts.codes) {
    const kind = kindByCode.get(code);
    if (kind !== undefined) return kind;
  }
  const { status } = facts;
  if (status === 400 && promptTooLong.test(facts.message)) return 'context_length';
  if (status === undefined || status >= 500) return kindByStatus[status ?? 0] ?? 'server';
  return kindByStatus[status] ?? 'invalid_request';
}

/** An error the vendor answered with, by HTTP status or within the stream, in our words. */
export function vendorFailure(provider: ProviderId, facts: VendorErrorFacts): ProviderError {
  return new ProviderError(provider, kindOf(facts), {
    message: facts.message,
    status: facts.status,
    requestId: facts.requestId,
    retryAfterMs: parseRetryAfter(facts.headers, Date.now()),
    cause: facts.cause,
  });
}

/** A stream that broke the vendor's protocol: malformed, out of order, or ended without its terminal event. */
export function protocolFailure(provider: ProviderId, message: string, cause?: unknown): ProviderError {
  return new ProviderError(provider, 'protocol', { message, cause });
}

/** The transport ended, by reset or cleanly, before the vendor's terminal event. */
export function cutFailure(provider: ProviderId, requestId: string | undefined): ProviderError {
  return new ProviderError(provider, 'connection', {
    message: 'the stream ended without its terminal event',
    requestId,
  });
}

/**
 * Whatever else was thrown while talking to a vendor: our own abort, JSON or framing that cannot be read, a broken socket.
 * undici reports a reset inside a body as TypeError `terminated`.
 */
export function transportFailure(provider: ProviderId, error: unknown, signal: AbortSignal): ProviderError {
  if (error instanceof ProviderError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (signal.aborted) return new ProviderError(provider, 'aborted', { message, cause: error });
  const kind = error instanceof SyntaxError || error instanceof RangeError ? 'protocol' : 'connection';
  return new ProviderError(provider, kind, { message, cause: error });
}

/** Refuses what every vendor would refuse, before anything is sent. */
export function requireUserTurn(provider: ProviderId, request: ModelRequest): void {
  if (request.turns.at(-1)?.role === 'user') return;
  throw new ProviderError(provider, 'invalid_request', { message: 'the last turn must be the user’s' });
}
