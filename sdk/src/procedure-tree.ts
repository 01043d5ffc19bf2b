import type { ProcedureFlags } from '../contract/procedures.ts';
import type { ClientOf, MutationOptions, SubscriptionHandlers, SubscriptionOptions } from './client-types.ts';
import { type RepSpheresError, sdkError } from './errors.ts';
import type { RunFeed } from './run-stream.ts';
import type { SubscriptionRequest, SubscriptionSink } from './subscription-sink.ts';

/** How the leaves of the tree reach the server. */
export interface TreeCalls {
  call(path: string, input: unknown, options?: MutationOptions): Promise<unknown>;
  subscribe(request: SubscriptionRequest, sink: SubscriptionSink): RunFeed;
}

/** Plain nested objects, one method a procedure: `tree.agents.list.query(…)`. */
export function procedureTree<Api>(
  table: { readonly [path: string]: ProcedureFlags },
  calls: TreeCalls,
): ClientOf<Api> {
  const tree: Record<string, unknown> = {};
  for (const [path, flags] of Object.entries(table)) {
    const steps = path.split('.');
    const name = steps.pop() ?? path;
    let branch = tree;
    for (const step of steps) {
      branch[step] ??= {};
      branch = branch[step] as Record<string, unknown>;
    }
    branch[name] = leaf(path, flags, calls);
  }
  return typed<Api>(tree);
}

function leaf(path: string, flags: ProcedureFlags, calls: TreeCalls): object {
  const run = (input?: unknown, options?: MutationOptions) => calls.call(path, input, options);
  if (flags.kind === 'query') return { query: run };
  if (flags.kind === 'mutation') return { mutate: run };
  return {
    subscribe: (input: unknown, handlers: SubscriptionHandlers<unknown>, options: SubscriptionOptions = {}) =>
      subscribe({ path, flags, calls }, input, { handlers, options }),
  };
}

interface Leaf {
  readonly path: string;
  readonly flags: ProcedureFlags;
  readonly calls: TreeCalls;
}

function subscribe(
  { path, flags, calls }: Leaf,
  input: unknown,
  { handlers, options }: { handlers: SubscriptionHandlers<unknown>; options: SubscriptionOptions },
) {
  const { signal, lastEventId } = options;
  const settle = () => signal?.removeEventListener('abort', onAbort);
  const ended = (error: RepSpheresError) => {
    settle();
    handlers.onError?.(error);
  };
  if (signal?.aborted) {
    ended(sdkError('sdk.aborted', { path }));
    return { unsubscribe: () => {} };
  }
  const feed = calls.subscribe(
    { path, needsPrincipal: flags.public !== true, lastEventId, target: () => ({ path, input }) },
    {
      data: (item, id) => handlers.onData(item, { id }),
      complete: () => {
        settle();
        handlers.onComplete?.();
        return 'done';
      },
      failed: ended,
    },
  );
  function onAbort() {
    feed.close();
    ended(sdkError('sdk.aborted', { path, cause: signal?.reason }));
  }
  signal?.addEventListener('abort', onAbort);
  return {
    unsubscribe: () => {
      settle();
      feed.close();
    },
  };
}

/** The tree is built from the same walk that made the contract's types. */
function typed<Api>(tree: object): ClientOf<Api> {
  return tree as ClientOf<Api>;
}
