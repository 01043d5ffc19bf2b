import { StripeFailure } from '../kernel/failure.ts';
import { type Json, toJson } from '../kernel/json.ts';
import type { World } from '../kernel/world.ts';
import { ConnectionCut, type WireAnswer, type WireRequest } from './exchange.ts';
import { expand, type Includable } from './expand.ts';
import { type Fault, type Faults, suffer } from './faults.ts';
import { parseForm } from './form.ts';
import type { IdempotencyKeys } from './idempotency.ts';
import type { Pace } from './pace.ts';
import { readParams } from './params.ts';
import { findRoute, type Route } from './route.ts';
import { checkVersion, renderFor } from './versions.ts';

/** What answers need, beside the account. */
export interface Api {
  readonly world: World;
  readonly secretKey: string;
  readonly routes: readonly Route[];
  readonly includable: Readonly<Record<string, Includable>>;
  readonly faults: Faults;
  readonly keys: IdempotencyKeys;
  readonly pace: Pace;
  /** Sees each request before it is answered. */
  seen: (request: WireRequest) => void;
}

/** Answers one request as Stripe would, or cuts the connection (`ConnectionCut`) as the test has scripted. */
export async function answer(api: Api, request: WireRequest): Promise<WireAnswer> {
  api.seen(request);
  const requestId = api.world.ids.next('req');
  const fault = api.faults.take(request);
  try {
    checkKey(api, request);
    api.pace.check();
    await suffer(fault, 'before', { request, answer: null });
    return await once(api, request, { requestId, fault });
  } catch (failure) {
    if (failure instanceof StripeFailure) return refused(failure, requestId, request);
    throw failure;
  }
}

/** Does the work of a request once for its idempotency key. */
async function once(
  api: Api,
  request: WireRequest,
  { requestId, fault }: { requestId: string; fault: Fault | null },
): Promise<WireAnswer> {
  const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
  const replayed = key === undefined ? null : api.keys.begin(key, request, requestId);
  if (replayed !== null) return replayed;
  let kept: WireAnswer | null = null;
  try {
    kept = work(api, request, requestId);
    await suffer(fault, 'after', { request, answer: kept });
    return kept;
  } catch (failure) {
    if (failure instanceof StripeFailure) {
      kept = failure.saved ? refused(failure, requestId, request) : null;
      return kept ?? refused(failure, requestId, request);
    }
    if (!(failure instanceof ConnectionCut)) kept = null;
    throw failure;
  } finally {
    if (key !== undefined) api.keys.end(key, kept);
  }
}

function work(api: Api, request: WireRequest, requestId: string): WireAnswer {
  const { world } = api;
  const version = checkVersion(request.headers['stripe-version'] ?? world.settings.apiVersion);
  const [path = '', query = ''] = request.target.split('?');
  const found = findRoute(api.routes, request.method, path);
  if (found === null) throw unknownUrl(request.method, path);
  const given = inputOf(request, query);
  const input = unsavedIfWrong(() => readParams(found.route.schema, given));
  world.request = { id: requestId, idempotencyKey: request.headers['idempotency-key'] ?? null };
  try {
    const made = found.route.run(world, asInput(input), found.ids);
    const headers = headersOf(requestId, request, version);
    const expanded = expandOf(given);
    const content = toJson(made);
    expand(world, content, expanded, api.includable);
    return { status: 200, headers, content: renderFor(version, content) };
  } finally {
    world.request = null;
  }
}

function inputOf(request: WireRequest, query: string): Json {
  if (request.method !== 'GET' && request.headers['content-type']?.includes('json'))
    return request.body === '' ? {} : JSON.parse(request.body);
  return parseForm(request.method === 'GET' || request.body === '' ? query : request.body);
}

/** The schema of the route has made the input what `run` takes; routes forget that type among each other. */
function asInput(input: unknown): never {
  return input as never;
}

function expandOf(given: Json): string[] {
  const paths = given.expand;
  return Array.isArray(paths) ? paths.map(String) : [];
}

/** A refused parameter leaves the idempotency key free, since the work had not begun. */
function unsavedIfWrong<T>(read: () => T): T {
  try {
    return read();
  } catch (failure) {
    if (!(failure instanceof StripeFailure)) throw failure;
    throw new StripeFailure(failure.status, { ...failure.body, message: failure.message }, { saved: false });
  }
}

function checkKey(api: Api, request: WireRequest): void {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (given === api.secretKey) return;
  const message =
    given === undefined
      ? 'You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth.'
      : `Invalid API Key provided: ${given.slice(0, 8)}****`;
  throw new StripeFailure(401, { type: 'invalid_request_error', message }, { saved: false });
}

function unknownUrl(method: string, path: string): StripeFailure {
  const message = `Unrecognized request URL (${method}: ${path}). The emulator has no such operation.`;
  return new StripeFailure(404, { type: 'invalid_request_error', message }, { saved: false });
}

function refused(failure: StripeFailure, requestId: string, request: WireRequest): WireAnswer {
  const version = request.headers['stripe-version'] ?? '';
  const content = {
    error: { ...failure.body, request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` },
  };
  const headers = { ...headersOf(requestId, request, version), ...failure.headers };
  return { status: failure.status, headers, content };
}

function headersOf(requestId: string, request: WireRequest, version: string): Record<string, string> {
  const key = request.headers['idempotency-key'];
  return {
    'content-type': 'application/json',
    'request-id': requestId,
    'stripe-version': version,
    ...(key === undefined || request.method !== 'POST'
      ? {}
      : { 'idempotency-key': key, 'original-request': requestId }),
  };
}
