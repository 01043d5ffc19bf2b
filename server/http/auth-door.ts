import { Failure } from '../core/failure.ts';
import { deeperThan } from '../core/json-guard.ts';
import type { Logger } from '../core/observe.ts';
import { refuseUnstorableText } from '../core/storable-text.ts';
import type { AuthProvider } from '../integrations/auth/port.ts';
import type { RateLimiter } from '../integrations/limits/port.ts';
import { errorShape } from '../rpc/errors.ts';
import { admitAttempt } from './auth-limits.ts';
import { isServed, needsOrigin } from './auth-paths.ts';
import type { OriginGuard } from './origin-guard.ts';
import { retryAfterSeconds } from './retry-after.ts';

export const AUTH_PREFIX = '/api/auth';

export interface AuthDoorOptions {
  /** Loads the provider on first use: its libraries cost 0.4 s. */
  readonly provider: () => Promise<AuthProvider>;
  readonly guard: OriginGuard;
  /** The session token that a Cookie header proves; null for none. */
  readonly sessionOf: (cookie: string | null) => string | null;
  readonly limiter: RateLimiter;
  readonly logger: Logger;
  /** The resource that tokens are for when a site names none: this server. */
  readonly resource: string;
}

export interface AuthCaller {
  readonly requestId: string;
  readonly address: string;
  /** A page of ours has asked the person before it opens the link of a mail for them. */
  readonly isConfirmed?: boolean;
}

/** One request to the identity provider: only paths we serve, from origins we know, within its budget. */
export async function handleAuth(
  options: AuthDoorOptions,
  request: Request,
  caller: AuthCaller,
): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.slice(AUTH_PREFIX.length);
  if (!isServed(path, request.method, caller.isConfirmed))
    return refusal(new Failure('request.unknown-procedure'), caller);
  if (needsOrigin(path) && request.method !== 'GET' && !mayAct(options.guard, request))
    return refusal(new Failure('auth.origin-refused'), caller);
  const body = request.method === 'POST' ? await request.text() : null;
  const sent = bodyOf(body, url, request.headers.get('content-type'));
  if (sent instanceof Failure) return refusal(sent, caller);
  if (!returnsOf(url, sent).every((back) => leadsBack(options, back)))
    return refusal(new Failure('auth.origin-refused'), caller);
  const session = options.sessionOf(request.headers.get('cookie'));
  const client = clientOf(body, path, request.headers.get('authorization'));
  const attempt = { path, address: caller.address, email: emailOf(sent), session, client };
  const refused = await admitAttempt(options.limiter, attempt);
  if (refused !== null) {
    return refusal(new Failure('request.rate-limited', { retryAfterMs: refused.retryAfterMs }), caller);
  }
  const provider = await options.provider();
  return provider.handle(forProvider(options, request, { url, path, body, caller }));
}

/** Who sends no Origin is no page, and may act as whoever they prove to be by what they send; but a cookie is a browser's. */
function mayAct(guard: OriginGuard, { headers }: Request): boolean {
  const origin = headers.get('origin');
  return guard.allows(origin) && (origin !== null || headers.get('cookie') === null);
}

/** Where the caller wants the person to be led afterwards, on whichever path: the provider knows these names alone. */
function returnsOf(url: URL, body: unknown): unknown[] {
  const names = ['callbackURL', 'errorCallbackURL', 'newUserCallbackURL', 'redirectTo'];
  const fields = new Map<string, unknown>(
    typeof body === 'object' && body !== null ? Object.entries(body) : [],
  );
  const sent = names.map((name) => fields.get(name)).filter((value) => value !== undefined && value !== null);
  return [...sent, ...names.flatMap((name) => url.searchParams.getAll(name))];
}

/**
 * Whether this is an address of an allowed origin, or a path of ours, as it is and decoded once more: on some paths the
 * provider decodes twice. A path that begins with two slashes once its dots are resolved names another host.
 */
function leadsBack({ guard, resource }: AuthDoorOptions, back: unknown): boolean {
  if (typeof back !== 'string') return false;
  return [back, decoded(back)].every((form) => {
    if (form === null || !URL.canParse(form, resource)) return false;
    const url = new URL(form, resource);
    return guard.safeReturn(url.href) !== null && !url.pathname.startsWith('//');
  });
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The request as the provider sees it: the caller's address from us, whatever headers it sent. */
function forProvider(
  options: AuthDoorOptions,
  request: Request,
  parts: { url: URL; path: string; body: string | null; caller: AuthCaller },
): Request {
  const { url, path, caller } = parts;
  const headers = new Headers(request.headers);
  headers.delete('x-forwarded-for');
  headers.delete('x-forwarded-host');
  headers.delete('x-forwarded-proto');
  headers.delete('content-length');
  headers.set('x-repspheres-address', caller.address);
  headers.set('x-repspheres-request', caller.requestId);
  const target = new URL(url.pathname + url.search, options.resource);
  const body = path === '/oauth2/token' ? withResource(parts.body ?? '', options.resource) : parts.body;
  return new Request(target, { method: request.method, headers, body, signal: request.signal });
}

/** Access tokens are JWTs that our doors accept only when they are for a resource; sites need not know its name. */
function withResource(form: string, resource: string): string {
  const fields = new URLSearchParams(form);
  if (!fields.has('resource')) fields.set('resource', resource);
  return fields.toString();
}

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/**
 * What a request says, or why it is refused. Only OAuth's paths take forms: elsewhere the library would read them too, and
 * budgets would not see whom they name.
 */
function bodyOf(body: string | null, { pathname, searchParams }: URL, type: string | null): unknown {
  const isJson = JSON_TYPE.test(type ?? '');
  if (body && !isJson && !pathname.startsWith(`${AUTH_PREFIX}/oauth2/`))
    return new Failure('request.invalid', { message: 'Send JSON.' });
  if (body && isJson && deeperThan(body))
    return new Failure('request.invalid', { message: 'The JSON is nested too deeply.' });
  try {
    refuseUnstorableText([...searchParams]);
    if (!body) return null;
    const parsed: unknown = isJson ? JSON.parse(body) : [...new URLSearchParams(body)];
    refuseUnstorableText(parsed);
    return hasQueryOfNoText(parsed) ? new Failure('request.invalid') : parsed;
  } catch (error) {
    return error instanceof Failure ? error : null; // the provider answers what is no JSON
  }
}

/** What the library takes for text without looking. */
function hasQueryOfNoText(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('oauth_query' in body)) return false;
  return typeof body.oauth_query !== 'string';
}

function emailOf(body: unknown): string | null {
  const email = typeof body === 'object' && body !== null && 'email' in body ? body.email : null;
  return typeof email === 'string' ? email : null;
}

/** The site that a form of OAuth's or its Basic header names; null elsewhere and for none. */
function clientOf(body: string | null, path: string, authorization: string | null): string | null {
  if (!path.startsWith('/oauth2/')) return null;
  const basic = /^Basic ([\w+/=-]+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return new URLSearchParams(body ?? '').get('client_id');
  return Buffer.from(basic, 'base64').toString().split(':')[0] ?? null;
}

function refusal(failure: Failure, { requestId }: AuthCaller): Response {
  const shape = errorShape(failure, requestId);
  const wait = retryAfterSeconds([failure]);
  return Response.json(
    { code: failure.code, message: failure.message, error: shape },
    { status: shape.data.httpStatus, headers: wait === null ? {} : { 'retry-after': String(wait) } },
  );
}
