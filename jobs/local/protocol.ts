import { createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { withDeadline } from '../../server/core/deadline.ts';
import { retryAfterMs } from './durations.ts';
import type { JobError } from './end-run.ts';
import type { Engine } from './engine.ts';

/** The app's endpoint for Inngest, in this process or behind `fetch`. */
export type JobsHandler = (request: Request) => Promise<Response>;

export interface Endpoint {
  readonly handler: JobsHandler;
  readonly signingKey: string;
}

export const Operation = z.object({
  id: z.string(),
  op: z.string(),
  name: z.string().nullish(),
  displayName: z.string().nullish(),
  opts: z.record(z.string(), z.unknown()).nullish(),
  data: z.unknown().optional(),
  error: z.unknown().optional(),
});
export type Operation = z.infer<typeof Operation>;

/** What a call of the app came to. `reportsEach`: the function wants to go on after each parallel step. */
export type Outcome =
  | {
      readonly kind: 'steps';
      readonly operations: Operation[];
      readonly retryMs: number | null;
      readonly reportsEach: boolean;
      readonly bytes: number;
    }
  | { readonly kind: 'completed'; readonly result: unknown }
  | {
      readonly kind: 'failed';
      readonly error: JobError;
      readonly final: boolean;
      readonly retryMs: number | null;
    };

/** Signs as Inngest does: HMAC-SHA256 over the canonical JSON (RFC 8785) and the seconds since 1970. */
export function signBody(canonicalBody: string, signingKey: string, nowMs: number): string {
  const seconds = Math.round(nowMs / 1000).toString();
  const key = signingKey.replace(/^signkey-\w+-/, '');
  const signature = createHmac('sha256', key).update(canonicalBody).update(seconds).digest('hex');
  return `t=${seconds}&s=${signature}`;
}

function signedRequest(
  endpoint: Endpoint,
  target: { url: string; method: string; headers?: object; body: unknown },
) {
  const body = canonicalize(target.body) ?? 'null';
  return new Request(target.url, {
    method: target.method,
    body,
    headers: {
      ...target.headers,
      host: new URL(target.url).host,
      'content-type': 'application/json',
      // Real time, not the executor's clock: the SDK checks it against its own.
      'x-inngest-signature': signBody(body, endpoint.signingKey, Date.now()),
    },
  });
}

/** Asks the app which functions it serves (an in-band sync). Throws when it refuses. */
export async function fetchFunctionConfigs(endpoint: Endpoint, appUrl: string): Promise<unknown[]> {
  const headers = { 'x-inngest-sync-kind': 'in_band' };
  const request = signedRequest(endpoint, { url: appUrl, method: 'PUT', headers, body: { url: appUrl } });
  const response = await endpoint.handler(request);
  const text = await response.text();
  if (response.status !== 200)
    throw new Error(`The app refused the sync of its jobs: ${response.status} ${text}`);
  return z.object({ functions: z.array(z.unknown()) }).parse(JSON.parse(text)).functions;
}

/** Calls a function for its next step. Never throws: whatever goes wrong is an outcome. */
export async function callFunction(
  engine: Engine,
  endpoint: Endpoint,
  target: { url: string; stepId: string; body: unknown },
): Promise<Outcome> {
  const url = new URL(target.url);
  url.searchParams.set('stepId', target.stepId);
  try {
    const request = signedRequest(endpoint, { url: url.href, method: 'POST', body: target.body });
    const response = await withDeadline(engine.settings.callTimeoutMs, () => endpoint.handler(request));
    return readResponse(engine, response, await response.text());
  } catch (error) {
    return failedOutcome(error);
  }
}

/** A thrown value as an outcome that may be retried. */
export function failedOutcome(error: unknown): Outcome {
  return failure(error instanceof Error ? error : new Error(String(error)));
}

function failure(error: JobError, final = false, retryMs: number | null = null): Outcome {
  return { kind: 'failed', error: { name: error.name, message: error.message }, final, retryMs };
}

function readResponse(engine: Engine, response: Response, text: string): Outcome {
  const bytes = Buffer.byteLength(text);
  const fault = unstorable(text, bytes, engine.settings.maxOutputBytes);
  if (fault) return failure({ name: 'OutputRefused', message: fault }, true);
  const retryMs = retryAfterMs(response.headers.get('retry-after'), new Date());
  const final = response.headers.get('x-inngest-no-retry') === 'true' || response.status === 400;
  const body: unknown = text === '' ? null : JSON.parse(text);
  if (response.status === 200) return { kind: 'completed', result: body };
  if (response.status !== 206) return failure(readError(body, response.status), final, retryMs);
  const operations = z.array(Operation).parse(Array.isArray(body) ? body : [body]);
  const reportsEach = response.headers.get('x-inngest-req-version') === '1';
  return { kind: 'steps', operations, retryMs, reportsEach, bytes };
}

/** Postgres stores no U+0000 in JSON, and rows have a bounded size. */
function unstorable(text: string, bytes: number, limit: number): string | null {
  if (bytes > limit) return `The output has ${bytes} bytes; at most ${limit} are kept. Return ids, not rows.`;
  return /(?<!\\)(?:\\\\)*\\u0000/.test(text) ? 'The output contains the character U+0000.' : null;
}

const ErrorBody = z.object({
  name: z.string().optional(),
  message: z.string().optional(),
  error: z.string().optional(),
  stack: z.string().optional(),
});

/** The error of a response or an operation, in whatever shape the SDK sent it. */
export function readError(body: unknown, status?: number): JobError {
  const read = ErrorBody.safeParse(body).data ?? {};
  const message =
    read.message ?? read.error ?? (status === undefined ? 'Unknown error' : `The app answered ${status}.`);
  return { name: read.name ?? 'Error', message, ...(read.stack ? { stack: read.stack } : {}) };
}
