import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { bearerOf } from '../core/bearer.ts';
import { Failure, toFailure } from '../core/failure.ts';
import { newId } from '../core/ids.ts';
import { deeperThan } from '../core/json-guard.ts';
import { errorShape, RefusedCall } from '../rpc/errors.ts';
import { directQuery } from '../rpc/trpc.ts';
import { addressOfRequest } from './address.ts';
import type { HttpAppOptions } from './app.ts';
import { type ResponseHeaders, responseHeaders } from './response-headers.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { contextFor, credentials } from './trpc-door.ts';

type Ask = NonNullable<ReturnType<typeof directQuery>>;

/** A query as its caller wrote it, found to be an ordinary one. */
interface PlainQuery {
  readonly path: string;
  readonly ask: Ask;
  readonly search: URLSearchParams;
}

/** Far below the limit of the fetch application, which then need not be asked. */
const MAX_URL_CHARS = 8 * 1024;
const PREFIX = '/trpc/';
/** What @hono/node-server takes as it is, without a second look that may end in a refusal. */
const ordinaryHost = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/;
/** What asks for more than a plain answer, or for what only the fetch application checks. */
const demanding = ['trpc-accept', 'idempotency-key', 'content-length', 'transfer-encoding', 'expect'];
const compress = promisify(gzip);

/**
 * Answers the plainest requests there are, one signed-in GET of one query, directly on node:http: the way through web
 * Request and Response costs more than the query. Whatever is unusual about a request goes to `rest`, the fetch
 * application, and what is answered here is answered alike: test/http/two-doors.wire.ts compares them.
 */
export function queryDoor(options: HttpAppOptions, rest: RequestListener): RequestListener {
  const { router } = options.trpc;
  const procedures: Record<string, object> = router._def.procedures;
  const queries = new Map<string, Ask>();
  for (const [path, procedure] of Object.entries(procedures)) {
    const ask = directQuery(procedure);
    if (ask !== null) queries.set(path, ask);
  }
  const headers = responseHeaders(options.allowedOrigins);
  return (request, response) => {
    const query = plainQueryOf(queries, request);
    if (query === null) return rest(request, response);
    answer({ options, headers }, query, { request, response }).catch((error: unknown) => {
      options.logger.error({ err: error, path: request.url }, 'a query could not be answered');
      response.destroy();
    });
  };
}

/** The query that a request plainly asks for; null when anything about it is out of the ordinary. */
function plainQueryOf(
  queries: ReadonlyMap<string, Ask>,
  { method, url = '', headers }: IncomingMessage,
): PlainQuery | null {
  if (method !== 'GET' || bearerOf(headers.authorization) === null) return null;
  if (!url.startsWith(PREFIX) || url.length > MAX_URL_CHARS || url.includes('#')) return null;
  if (!ordinaryHost.test(headers.host ?? '') || headers.accept?.includes('jsonl') === true) return null;
  for (const name of demanding) if (headers[name] !== undefined) return null;
  const encodings = headers['accept-encoding'];
  if (typeof encodings === 'string' && !acceptsGzip(encodings)) return null;
  const end = url.indexOf('?');
  const path = url.slice(PREFIX.length, end === -1 ? undefined : end);
  const ask = queries.get(path);
  if (ask === undefined || !URL.canParse(`http://${headers.host}`)) return null;
  const search = new URLSearchParams(end === -1 ? '' : url.slice(end + 1));
  if (search.has('batch') || search.has('connectionParams')) return null;
  return deeperThan(search.get('input') ?? '') ? null : { path, ask, search };
}

/** Whether gzip is wanted without a weight, as every browser writes it; weights are for the fetch application. */
function acceptsGzip(header: string): boolean {
  return !header.includes(';') && header.split(',').some((name) => name.trim() === 'gzip');
}

interface Door {
  readonly options: HttpAppOptions;
  readonly headers: ResponseHeaders;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer({ options, headers }: Door, query: PlainQuery, { request, response }: Exchange) {
  const started = performance.now();
  const requestId = newId('request');
  const head: Record<string, string | number> = {
    ...headers.for(request.headers.origin),
    'content-type': 'application/json',
    'cache-control': 'no-store',
    vary: 'trpc-accept, accept, Origin, Accept-Encoding',
    'x-request-id': requestId,
  };
  const address = addressOfRequest(request, options.trustedProxyHops);
  const result = await resultOf(options.trpc, query, { request, requestId, address });
  if (result.retryAfter !== null) head['retry-after'] = String(result.retryAfter);
  let body: string | Buffer = JSON.stringify(result.body);
  if (request.headers['accept-encoding'] !== undefined) {
    body = await compress(body);
    head['content-encoding'] = 'gzip';
  }
  head['content-length'] = Buffer.byteLength(body);
  response.writeHead(result.status, head).end(body);
  const seconds = (performance.now() - started) / 1000;
  const { status } = result;
  options.metrics.httpRequest(status, seconds);
  options.logger.debug({ requestId, method: 'GET', path: PREFIX + query.path, status, seconds }, 'request');
}

interface Result {
  readonly status: number;
  readonly body: object;
  readonly retryAfter: number | null;
}

async function resultOf(
  trpc: HttpAppOptions['trpc'],
  { path, ask, search }: PlainQuery,
  call: { readonly request: IncomingMessage; readonly requestId: string; readonly address: string },
): Promise<Result> {
  const { request, requestId, address } = call;
  try {
    const who = credentials((name) => headerOf(request, name), search);
    const ctx = await contextFor(trpc, { requestId, address, ...who, session: null, paths: [path] });
    const data = await ask(ctx, () => parsed(search.get('input')));
    return { status: 200, body: { result: { data } }, retryAfter: null };
  } catch (error) {
    const failure = error instanceof RefusedCall ? error.failure : toFailure(error);
    trpc.onFailure(failure, { path, requestId });
    const shape = errorShape(failure, requestId, path);
    return {
      status: shape.data.httpStatus,
      body: { error: shape },
      retryAfter: retryAfterSeconds([failure]),
    };
  }
}

function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
}

function parsed(input: string | null): unknown {
  if (input === null || input === '') return undefined;
  try {
    return JSON.parse(input);
  } catch (cause) {
    throw new Failure('request.invalid', { cause });
  }
}
