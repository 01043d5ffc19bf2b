import { initTRPC, tracked } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import { z } from 'zod';
import { Failure } from '../../server/core/failure.ts';
import { PushQueue } from '../../server/core/push-queue.ts';
import { mapPushStream, type PushStream } from '../../server/core/push-stream.ts';
import { errorShape, failureOf } from '../../server/rpc/errors.ts';
import type { SocketCall } from '../../server/ws/options.ts';

const t = initTRPC.context<SocketCall>().create({
  isDev: false,
  errorFormatter: ({ error, ctx, path }) => errorShape(failureOf(error), ctx?.requestId ?? null, path),
});

const Cursor = z.object({ lastEventId: z.string().optional(), to: z.number(), size: z.number().default(0) });

/** What the procedures of the test router did, and the streams they hold open. */
export class Observed {
  readonly queues = new Set<PushQueue<number>>();
  aborted = 0;
  ended = 0;
  hanging = 0;
}

async function* count(from: number, to: number, observed: Observed) {
  try {
    for (let n = from; n <= to; n += 1) yield tracked(String(n), n);
  } finally {
    observed.ended += 1;
  }
}

/** Numbers from..to in a PushStream whose items can be large: made on demand, as a feed over a log does. */
function numbers(
  from: number,
  to: number,
  size: number,
): PushStream<{ id: string; n: number; text: string }> {
  let next = from;
  const stream: PushStream<{ id: string; n: number; text: string }> = {
    get done() {
      return next > to;
    },
    failure: undefined,
    take(maxBytes) {
      const items = [];
      for (let bytes = 0; next <= to && bytes < maxBytes; next += 1) {
        items.push({ id: String(next), n: next, text: 'x'.repeat(size) });
        bytes += size + 60;
      }
      return items;
    },
    onReady: (wake) => wake(),
    close() {
      next = to + 1;
    },
    async *[Symbol.asyncIterator]() {
      for (let items = stream.take(1e6); items.length > 0; items = stream.take(1e6)) yield* items;
    },
  };
  return stream;
}

/** A PushStream with a defect in one of its methods. */
function defective(at: 'take' | 'json' | 'close'): PushStream<unknown> {
  return {
    done: false,
    failure: undefined,
    take() {
      if (at === 'take') throw new Error('secret take');
      return at === 'json' ? [1n] : [];
    },
    onReady: (wake) => wake(),
    close() {
      if (at === 'close') throw new Error('secret close');
    },
    async *[Symbol.asyncIterator]() {},
  };
}

export function testRouter(observed: Observed) {
  return t.router({
    whoAmI: t.procedure.query(({ ctx }) => ({ actor: ctx.actor.kind, app: ctx.app, tier: tierOf(ctx) })),
    echo: t.procedure.input(z.object({ text: z.string() })).query(({ input }) => input.text),
    nothing: t.procedure.mutation(() => undefined),
    add: t.procedure
      .input(z.number())
      .mutation(({ input, ctx }) => ({ sum: input + 1, key: ctx.idempotencyKey })),
    refused: t.procedure.query(() => {
      throw new Failure('agent.not-found');
    }),
    broken: t.procedure.query(() => {
      throw new Error('secret text');
    }),
    hang: t.procedure.query(async ({ signal }) => {
      observed.hanging += 1;
      await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
      observed.aborted += 1;
      return 'late';
    }),
    wait: t.procedure.input(z.number()).query(async ({ input }) => {
      await new Promise((resolve) => setTimeout(resolve, input));
      return input;
    }),
    count: t.procedure
      .input(Cursor)
      .subscription(({ input }) => count(Number(input.lastEventId ?? 0) + 1, input.to, observed)),
    numbers: t.procedure.input(Cursor).subscription(({ input }) => {
      const source = numbers(Number(input.lastEventId ?? 0) + 1, input.to, input.size);
      return mapPushStream(source, (item) => tracked(item.id, { n: item.n, text: item.text }));
    }),
    live: t.procedure.subscription(() => {
      const queue: PushQueue<number> = new PushQueue({ onClose: () => observed.queues.delete(queue) });
      observed.queues.add(queue);
      return queue;
    }),
    planned: t.procedure.subscription(({ ctx }) => {
      const queue: PushQueue<number> = new PushQueue({ onClose: () => observed.queues.delete(queue) });
      observed.queues.add(queue);
      const items = mapPushStream(queue, (n) => n);
      ctx.streamOpened?.({ guard: { needs: 'run:read', feature: 'apiAccess' }, items, signal: ctx.signal });
      return items;
    }),
    observed: t.procedure.subscription(() =>
      observable<string>((emit) => {
        emit.next('a');
        emit.next('b');
        emit.complete();
      }),
    ),
    defective: t.procedure
      .input(z.enum(['take', 'json', 'close']))
      .subscription(({ input }) => defective(input)),
    failing: t.procedure.subscription(async function* () {
      yield 1;
      throw new Failure('run.interrupted');
    }),
  });
}

function tierOf({ actor }: SocketCall): string | null {
  return actor.kind === 'member' || actor.kind === 'guest' ? actor.tier : null;
}

export type TestRouter = ReturnType<typeof testRouter>;
