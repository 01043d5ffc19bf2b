import { initTRPC, tracked } from '@trpc/server';
import type { z } from 'zod';
import { authorise, type Guard } from '../core/authorise.ts';
import type { Call, Needs } from '../core/call.ts';
import { toFailure } from '../core/failure.ts';
import type { Operation } from '../core/operation.ts';
import type { Feature } from '../core/plans.ts';
import { mapPushStream } from '../core/push-stream.ts';
import type { Subscription } from '../core/subscription.ts';
import type { Context } from './context.ts';
import { errorShape, failureOf, refusedRequestId } from './errors.ts';

/** What the walk over the tree, the contract generator and the CDN rule read of a procedure. */
export interface ProcedureMeta {
  readonly operation: string;
  readonly summary: string;
  readonly needs: Needs;
  readonly feature?: Feature;
  readonly output?: z.ZodType;
  readonly item?: z.ZodType;
  readonly cacheSeconds?: number;
}

/** SSE: pings keep proxies from closing. Source: design/streaming.md 5.8. The door rotates streams. */
const sseOptions = {
  ping: { enabled: true, intervalMs: 10_000 },
  client: { reconnectAfterInactivityMs: 25_000 },
};

const t = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    isDev: false,
    sse: sseOptions,
    errorFormatter: ({ error, ctx, path }) =>
      errorShape(failureOf(error), ctx?.requestId ?? refusedRequestId(error), path),
  });

export const router = t.router;

/** For doors that do not follow whether their caller is still there. */
const never = new AbortController().signal;

function callOf(ctx: Context, signal: AbortSignal | undefined): Call {
  return { ...ctx, signal: signal ?? never };
}

type Guarded = Guard & { readonly name: string };

/** Authorises before the input is validated, so that a stranger learns nothing of its shape. */
function admit(definition: Guarded, ctx: Context): void {
  try {
    authorise(definition, ctx);
  } catch (error) {
    ctx.ports.metrics.operation(definition.name, toFailure(error).code, 0);
    throw error;
  }
}

function guarded(definition: Guarded) {
  return t.procedure.use(({ ctx, next }) => {
    admit(definition, ctx);
    return next();
  });
}

const queries = new WeakMap<object, Operation>();

/**
 * Calls a query of the tree as its procedure would, without the procedure's chain of middlewares, which costs as much
 * as the rest of the door; null when `procedure` is no query of ours. Throws Failures. `input` is read once the caller
 * is found to have the right.
 */
export function directQuery(
  procedure: object,
): ((ctx: Context, input: () => unknown) => Promise<unknown>) | null {
  const op = queries.get(procedure);
  if (op === undefined) return null;
  return async (ctx, input) => {
    admit(op.definition, ctx);
    return op.run(callOf(ctx, undefined), input());
  };
}

function metaOf({ definition }: Operation): ProcedureMeta {
  const { name, summary, needs, feature, output, cacheSeconds } = definition;
  return {
    operation: name,
    summary,
    needs,
    output,
    ...(feature === undefined ? {} : { feature }),
    ...(cacheSeconds === undefined ? {} : { cacheSeconds }),
  };
}

/** A query procedure: one line over its operation, which validates its own output. */
export function query<I extends z.ZodType, O extends z.ZodType>(op: Operation<I, O>) {
  const procedure = guarded(op.definition)
    .meta(metaOf(op as unknown as Operation))
    .input(op.definition.input)
    .query(
      ({ ctx, input, signal }): Promise<z.output<O>> => op.execute(callOf(ctx, signal), input as z.output<I>),
    );
  queries.set(procedure, op as unknown as Operation);
  return procedure;
}

/** A mutation procedure: one line over its operation. */
export function mutation<I extends z.ZodType, O extends z.ZodType>(op: Operation<I, O>) {
  return guarded(op.definition)
    .meta(metaOf(op as unknown as Operation))
    .input(op.definition.input)
    .mutation(
      ({ ctx, input, signal }): Promise<z.output<O>> => op.execute(callOf(ctx, signal), input as z.output<I>),
    );
}

/** A subscription procedure: a PushStream of tracked items, so that the doors can drain it in batches. */
export function subscribe<I extends z.ZodType, Item extends z.ZodType>(sub: Subscription<I, Item>) {
  const { name, summary, needs, feature, item, input } = sub.definition;
  return guarded(sub.definition)
    .meta({ operation: name, summary, needs, item, ...(feature === undefined ? {} : { feature }) })
    .input(input)
    .subscription(async (opts) => {
      const stream = await sub.open(callOf(opts.ctx, opts.signal), opts.input as z.output<I>);
      const items = mapPushStream(stream, ({ id, data }) => tracked(id, data as z.output<Item>));
      opts.ctx.streamOpened?.({ guard: sub.definition, items, signal: opts.signal ?? never });
      return items;
    });
}
