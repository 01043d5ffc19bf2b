import type { Run, StartRunInput } from '../contract/types.ts';
import { type AcceptedRun, type RunFeed, RunStream } from './run-stream.ts';
import type { SubscriptionRequest, SubscriptionSink } from './subscription-sink.ts';
import { randomKey } from './timing.ts';

export interface FollowOptions {
  /** Stops following; the run goes on. */
  readonly signal?: AbortSignal;
  /** Continue after this event: the `lastEventId` of an earlier stream or of `runs.get`; null is the beginning. */
  readonly lastEventId?: string | null;
  /** The text shown up to `lastEventId`; `text()` goes on from it. */
  readonly text?: string;
}

/** As the input of `runs.start`. Without a `clientKey` each call is a new run. */
export type RunRequest = Omit<StartRunInput, 'clientKey'> & { readonly clientKey?: string };

/** The streaming calls that know what a run is. */
export interface RunCalls {
  /** Follows a run that exists, from its beginning or after `lastEventId`. */
  follow(runId: string, options?: FollowOptions): RunStream;
  /** Asks an agent and streams the answer. */
  startAndFollow(input: RunRequest, options?: { readonly signal?: AbortSignal }): RunStream;
}

/** What run streams need of the client. */
export interface RunRuntime {
  subscribe(request: SubscriptionRequest, sink: SubscriptionSink): RunFeed;
  query(path: string, input: unknown): Promise<unknown>;
  mutate(path: string, input: unknown, idempotencyKey?: string): Promise<unknown>;
}

export function runCalls(runtime: RunRuntime): RunCalls {
  return {
    follow: (runId, options) => follow(runtime, runId, options),
    startAndFollow: startAndFollow.bind(null, runtime),
  };
}

function follow(runtime: RunRuntime, runId: string, options: FollowOptions = {}): RunStream {
  const { lastEventId, ...rest } = options;
  return new RunStream({
    ...rest,
    ...(lastEventId != null && { lastEventId }),
    runId,
    open: (sink) =>
      runtime.subscribe(
        {
          path: 'runs.follow',
          needsPrincipal: true,
          target: () => ({ path: 'runs.follow', input: { runId } }),
        },
        sink,
      ),
    state: () => stateOf(runtime, runId),
    cancel: async () => {
      await runtime.mutate('runs.cancel', { runId });
    },
  });
}

async function stateOf(runtime: RunRuntime, runId: string): Promise<Run> {
  return (await runtime.query('runs.get', { runId })) as Run;
}

/**
 * Over a socket one subscription starts and follows; a message never goes into the URL of an event source, so there
 * the run is started by a mutation first. The client key makes both the same run, however often they are sent.
 */
function startAndFollow(
  runtime: RunRuntime,
  start: RunRequest,
  options: { readonly signal?: AbortSignal } = {},
): RunStream {
  const clientKey = start.clientKey ?? randomKey();
  const input = { ...start, clientKey };
  let accepted: AcceptedRun | undefined;
  return new RunStream({
    signal: options.signal,
    open: (sink) =>
      runtime.subscribe(
        {
          path: 'runs.startAndFollow',
          needsPrincipal: true,
          target: async (route) => {
            if (route === 'ws' && accepted === undefined) return { path: 'runs.startAndFollow', input };
            if (accepted === undefined) {
              accepted = (await runtime.mutate('runs.start', input, clientKey)) as AcceptedRun;
              sink.data({ type: 'run.accepted', ...accepted }, undefined);
            }
            return { path: 'runs.follow', input: { runId: accepted.runId } };
          },
        },
        { ...sink, data: (item, id) => sink.data(noted(item), id) },
      ),
    state: (runId) => stateOf(runtime, runId),
    cancel: async (runId) => {
      await runtime.mutate('runs.cancel', runId === undefined ? { clientKey } : { runId });
    },
  });

  function noted(item: unknown): unknown {
    const event = item as { readonly type: string } & AcceptedRun;
    if (event.type === 'run.accepted') accepted = event;
    return item;
  }
}
