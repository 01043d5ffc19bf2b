import { statusError } from './checked-fetch.ts';
import { toRepSpheresError } from './error-mapping.ts';
import { isRepSpheresError, sdkError } from './errors.ts';
import type { IssuedToken } from './held-token.ts';
import type { FetchFunction } from './options.ts';
import { singleFlight } from './single-flight.ts';

export interface OidcEndpoints {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
}

export interface TokenAnswer {
  readonly issued: IssuedToken;
  readonly refreshToken: string | null;
}

/** The parts of an OpenID provider that a page without a secret uses. */
export interface OidcServer {
  /** From its discovery document, read once. */
  endpoints(): Promise<OidcEndpoints>;
  /** Exchanges a grant for tokens. Null: the grant is not valid (any more). */
  token(grant: Readonly<Record<string, string>>): Promise<TokenAnswer | null>;
}

const requestTimeoutMs = 10_000;
/**
 * Pauses before repeats of a token request whose answer was lost. A rotated refresh token gives the same answer for
 * 10 s and then ends the sign-in; whoever lost the answer must have asked again by then.
 */
const repeatAfterMs = [300, 1_000];

export function oidcServer(issuer: string, fetch: FetchFunction): OidcServer {
  let known: OidcEndpoints | undefined;
  const discover = singleFlight(async () => {
    const path = `${issuer}/.well-known/openid-configuration`;
    const { body } = await request(fetch, path);
    // A document of somebody else would have codes and refresh tokens sent to them. Source: OpenID Discovery 4.3.
    if (body.issuer !== issuer || !isEndpoints(body)) throw sdkError('sdk.unexpected-answer', { path });
    known = body;
    return known;
  });
  const endpoints = async () => known ?? discover();
  return {
    endpoints,
    token: async (grant) => {
      const { token_endpoint } = await endpoints();
      const askedAt = Date.now();
      const { status, body } = await repeated(() =>
        request(fetch, token_endpoint, { method: 'POST', body: new URLSearchParams(grant) }),
      );
      if (status < 300) return answerOf(body, askedAt);
      if (body.error === 'invalid_grant') return null;
      throw sdkError('sdk.sign-in-failed', { status, cause: body });
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An answer that is for whoever asked: JSON, of success or of a 400 or 401. Anything else is an error. */
async function request(fetch: FetchFunction, url: string, init: RequestInit = {}): Promise<Answer> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), requestTimeoutMs);
  try {
    const response = await fetch(url, { ...init, credentials: 'omit', signal: limit.signal });
    const { ok, status } = response;
    const isJson = response.headers.get('content-type')?.includes('json');
    if (isJson && (ok || status === 400 || status === 401))
      return { status, body: (await response.json()) as Answer['body'] };
    await response.body?.cancel();
    throw ok ? sdkError('sdk.unexpected-answer', { status }) : statusError(response);
  } catch (thrown) {
    throw limit.signal.aborted ? sdkError('sdk.timeout') : toRepSpheresError(thrown);
  } finally {
    clearTimeout(timer);
  }
}

function isEndpoints(body: object): body is OidcEndpoints {
  const { authorization_endpoint, token_endpoint } = body as Partial<OidcEndpoints>;
  return typeof authorization_endpoint === 'string' && typeof token_endpoint === 'string';
}

async function repeated<T>(work: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await work();
    } catch (thrown) {
      const pause = repeatAfterMs[failures];
      if (pause === undefined || !isRepSpheresError(thrown) || !thrown.retryable) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, Math.max(pause, thrown.retryAfterMs ?? 0)));
    }
  }
}

function answerOf(body: Readonly<Record<string, unknown>>, askedAt: number): TokenAnswer {
  const { access_token: accessToken, expires_in: seconds, refresh_token: refreshToken } = body;
  if (typeof accessToken !== 'string' || typeof seconds !== 'number')
    throw sdkError('sdk.unexpected-answer', { path: 'token' });
  const expiresAt = new Date(askedAt + seconds * 1000).toISOString();
  return {
    issued: { accessToken, expiresAt },
    refreshToken: typeof refreshToken === 'string' ? refreshToken : null,
  };
}
