import { type AnyTRPCRouter, callTRPCProcedure, getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import type { Failure } from '../core/failure.ts';
import type { Context } from '../rpc/context.ts';
import { errorShape, failureOf } from '../rpc/errors.ts';
import { retryAfterSeconds } from './retry-after.ts';

interface Tree {
  readonly router: AnyTRPCRouter;
  onFailure(failure: Failure, facts: { path: string | undefined; requestId: string }): void;
}

export interface PlainQuery {
  readonly path: string;
  readonly input: string | null;
}

/**
 * The query that a request asks for, when it is the plainest there is: one signed-in GET of one query, answered as
 * JSON. Null: the fetch adapter of tRPC answers, which knows batches, streams and methods, and costs twice as much.
 */
export function plainQueryOf(router: AnyTRPCRouter, request: Request, url: URL): PlainQuery | null {
  if (request.method !== 'GET' || !request.headers.has('authorization')) return null;
  if (request.headers.has('trpc-accept') || request.headers.get('accept')?.includes('jsonl') === true)
    return null;
  const path = url.pathname.slice('/trpc/'.length);
  // Names of ours only: an escaped path is the adapter's to decode.
  if (!Object.hasOwn(router._def.procedures, path)) return null;
  const procedure: { _def?: { type?: string } } | undefined = router._def.procedures[path];
  if (procedure?._def?.type !== 'query') return null;
  const { searchParams } = url;
  if (searchParams.has('batch') || searchParams.has('connectionParams')) return null;
  return { path, input: searchParams.get('input') };
}

/** Answers as the fetch adapter would, with `headers` besides its own. */
export async function answerPlainQuery(
  tree: Tree,
  query: PlainQuery,
  call: { context(): Promise<Context>; readonly requestId: string },
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const own = {
    ...headers,
    'content-type': 'application/json',
    'cache-control': 'no-store',
    vary: 'trpc-accept, accept, Origin, Accept-Encoding',
    'x-request-id': call.requestId,
  };
  try {
    const data: unknown = await callTRPCProcedure({
      router: tree.router,
      path: query.path,
      getRawInput: async () => parsed(query.input),
      ctx: await call.context(),
      type: 'query',
      signal: undefined,
      batchIndex: 0,
    });
    return new Response(JSON.stringify({ result: { data } }), { status: 200, headers: own });
  } catch (error) {
    const failure = failureOf(getTRPCErrorFromUnknown(error));
    tree.onFailure(failure, { path: query.path, requestId: call.requestId });
    const shape = errorShape(failure, call.requestId, query.path);
    const seconds = retryAfterSeconds([failure]);
    if (seconds !== null) Object.assign(own, { 'retry-after': String(seconds) });
    return new Response(JSON.stringify({ error: shape }), { status: shape.data.httpStatus, headers: own });
  }
}

function parsed(input: string | null): unknown {
  if (input === null) return undefined;
  try {
    return JSON.parse(input);
  } catch (cause) {
    throw new TRPCError({ code: 'PARSE_ERROR', cause });
  }
}
