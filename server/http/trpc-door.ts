import { createHash } from 'node:crypto';
import type { AnyTRPCRouter, TRPCError } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { type AppId, appIds } from '../core/apps.ts';
import { bearerOf } from '../core/bearer.ts';
import { databaseFailure } from '../core/database-failure.ts';
import { Failure, toFailure } from '../core/failure.ts';
import { deeperThan } from '../core/json-guard.ts';
import type { Context } from '../rpc/context.ts';
import { errorShape, failureOf, RefusedCall } from '../rpc/errors.ts';
import type { ProcedureMeta } from '../rpc/trpc.ts';
import { retryAfterSeconds } from './retry-after.ts';
import type { SessionDoor } from './session-door.ts';

/** At most this many calls in one HTTP request. */
export const MAX_BATCH = 20;
/** Bytes of a request body. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Characters of a URL; a batch of 20 ordinary queries stays far below. */
const MAX_URL_CHARS = 16 * 1024;

export interface TrpcDoorOptions {
  readonly router: AnyTRPCRouter;
  readonly session: SessionDoor;
  /** How long an event stream lasts before it is cut, ms. */
  readonly streamMs: number;
  /** Who calls; throws a Failure for a bad credential or a spent budget. */
  context(request: IncomingCall): Promise<Context>;
  onFailure(failure: Failure, facts: { path: string | undefined; requestId: string }): void;
}

export interface IncomingCall {
  readonly token: string | null;
  /** The session token of a cookie, where no bearer token came. */
  readonly session: string | null;
  readonly app: AppId;
  readonly requestId: string;
  readonly address: string;
  readonly idempotencyKey: string | null;
  /** The procedures called: one, or the members of a batch. */
  readonly paths: readonly string[];
}

export interface CallFacts {
  readonly requestId: string;
  readonly address: string;
}

/** The tRPC tree over HTTP: queries, mutations, batches and SSE subscriptions. Guards run before anything is parsed. */
export async function handleTrpc(
  options: TrpcDoorOptions,
  request: Request,
  facts: CallFacts,
): Promise<Response> {
  const { requestId, address } = facts;
  const url = URL.parse(request.url);
  if (url === null) return refuse(options, new Failure('request.invalid'), requestId); // the host is none
  const guarded = await guard(request, url);
  if (guarded instanceof Failure) return refuse(options, guarded, requestId);
  const proof = credentials((name) => request.headers.get(name), url.searchParams);
  const session = proof.token === null ? options.session.of(request) : null;
  if (session instanceof Failure) return refuse(options, session, requestId);
  const call = { requestId, address, ...proof, session, paths: pathsOf(url) };
  const response = await fetchRequestHandler({
    endpoint: '/trpc',
    req: isStream(options.router, guarded, call.paths) ? rotated(guarded, options.streamMs) : guarded,
    router: options.router,
    maxBatchSize: MAX_BATCH,
    allowMethodOverride: false,
    createContext: () => contextFor(options, call),
    responseMeta: ({ errors, paths, type }) =>
      responseHeaders(options.router, { errors, paths, type, request, url }),
    onError: ({ error, path }) => options.onFailure(failureOf(error), { path, requestId }),
  });
  if (session !== null && response.ok) options.session.follow(session, call.paths, response.headers);
  return withEtag(request, response);
}

function isStream(router: AnyTRPCRouter, request: Request, paths: readonly string[]): boolean {
  const procedure: { _def: { type: string } } | undefined = router._def.procedures[paths[0] ?? ''];
  return request.method === 'GET' && procedure?._def.type === 'subscription';
}

/**
 * A platform ends a function at its limit, with all its work. A stream is cut before that, without saying that it ended,
 * so that its reader comes again after the last event it has.
 */
function rotated({ url, headers, signal }: Request, streamMs: number): Request {
  return new Request(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(streamMs)]) });
}

function refuse(options: TrpcDoorOptions, failure: Failure, requestId: string): Response {
  options.onFailure(failure, { path: undefined, requestId });
  const shape = errorShape(failure, requestId);
  const headers = { 'cache-control': 'no-store' };
  return Response.json({ error: shape }, { status: shape.data.httpStatus, headers });
}

/** The context of a call, or why it gets none. */
export async function contextFor(options: TrpcDoorOptions, call: IncomingCall): Promise<Context> {
  try {
    return await options.context(call);
  } catch (error) {
    throw new RefusedCall(toFailure(databaseFailure(error)), call.requestId);
  }
}

/** The path after the endpoint, decoded as tRPC will: an encoded comma must not hide calls from the budget. */
function decodedPath(url: URL): string | null {
  try {
    return decodeURIComponent(url.pathname.slice('/trpc/'.length));
  } catch {
    return null;
  }
}

/** The procedures a request names, at most a batch of them. */
function pathsOf(url: URL): string[] {
  const path = decodedPath(url) ?? '';
  return url.searchParams.get('batch') === '1' ? path.split(',').slice(0, MAX_BATCH) : [path];
}

/** What a caller says of itself in its headers, and of the app also in the URL. */
export function credentials(
  header: (name: string) => string | null,
  search: URLSearchParams,
): Pick<IncomingCall, 'token' | 'app' | 'idempotencyKey'> {
  const app = header('x-repspheres-app') ?? search.get('app');
  return {
    token: bearerOf(header('authorization')),
    app: appIds.find((id) => id === app) ?? 'global',
    idempotencyKey: header('idempotency-key'),
  };
}

/** The request with its body read, or why it is refused. */
async function guard(request: Request, url: URL): Promise<Request | Failure> {
  if (request.method !== 'GET' && request.method !== 'POST') {
    return new Failure('request.invalid', { message: 'Calls are made by GET or POST.' });
  }
  if (url.href.length > MAX_URL_CHARS) return new Failure('request.too-large');
  if (decodedPath(url) === null) return new Failure('request.invalid', { message: 'The path is not valid.' });
  const key = request.headers.get('idempotency-key');
  if (key !== null && (key.length < 1 || key.length > 200)) {
    return new Failure('request.invalid', { message: 'An idempotency-key has 1 to 200 characters.' });
  }
  if (request.method === 'GET') {
    return deeperThan(url.searchParams.get('input') ?? '') ? tooDeep() : request;
  }
  const body = await request.text();
  if (deeperThan(body)) return tooDeep();
  const { url: href, method, headers, signal } = request;
  const read = new Request(href, { method, headers, body, signal });
  // A mutation without input comes without a body, which is no JSON.
  return body === '' ? Object.defineProperty(read, 'json', { value: async () => undefined }) : read;
}

function tooDeep(): Failure {
  return new Failure('request.invalid', { message: 'The JSON is nested too deeply.' });
}

interface Answered {
  readonly errors: readonly TRPCError[];
  readonly paths: readonly string[] | undefined;
  readonly type: string;
  readonly request: Request;
  readonly url: URL;
}

/** Retry-After of a failure; CDN headers only for one unbatched, unauthenticated GET of a public query without error. */
function responseHeaders(router: AnyTRPCRouter, answered: Answered): { headers?: Headers } {
  const wait = retryAfterSeconds(answered.errors.map(failureOf));
  if (wait !== null) {
    return { headers: new Headers({ 'retry-after': String(wait), 'cache-control': 'no-store' }) };
  }
  const seconds = sharedCacheSeconds(router, answered);
  if (seconds === null) return { headers: new Headers({ 'cache-control': 'no-store' }) };
  return {
    headers: new Headers({
      'cache-control': `public, max-age=0, s-maxage=${seconds}, stale-while-revalidate=${seconds}`,
      vary: 'origin',
    }),
  };
}

function sharedCacheSeconds(router: AnyTRPCRouter, answered: Answered): number | null {
  const { errors, paths, type, request, url } = answered;
  const shareable =
    type === 'query' &&
    request.method === 'GET' &&
    errors.length === 0 &&
    paths?.length === 1 &&
    !url.searchParams.has('batch') &&
    request.headers.get('trpc-accept') !== 'application/jsonl' &&
    !request.headers.has('authorization');
  if (!shareable) return null;
  const procedure: { _def: { meta?: unknown } } | undefined = router._def.procedures[paths[0] ?? ''];
  const meta = procedure?._def.meta as ProcedureMeta | undefined;
  return meta?.needs === 'public' ? (meta.cacheSeconds ?? null) : null;
}

/** Publicly cacheable answers carry a validator, so that a repeat costs a 304. */
async function withEtag(request: Request, response: Response): Promise<Response> {
  if (response.headers.get('cache-control')?.startsWith('public') !== true) return response;
  const body = await response.text();
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  const headers = new Headers(response.headers);
  headers.set('etag', etag);
  // The compressor makes a validator weak, and caches send several.
  const known = (request.headers.get('if-none-match') ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag)) return new Response(null, { status: 304, headers });
  return new Response(body, { status: response.status, headers });
}
