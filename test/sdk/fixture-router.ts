import { initTRPC, tracked } from '@trpc/server';
import { z } from 'zod';
import { Failure } from '../../server/core/failure.ts';
import { errorShape, failureOf } from '../../server/rpc/errors.ts';
import type { ProcedureMeta } from '../../server/rpc/trpc.ts';
import { FollowedEvent } from '../../server/runs/events.ts';
import { followFixtureRun, startFixtureRun } from './fixture-runs.ts';
import * as schemas from './fixture-schemas.ts';
import type { FixtureWorld } from './fixture-world.ts';

export interface FixtureContext {
  readonly world: FixtureWorld;
  readonly token: string | null;
  /** The session's cookie, where the request carries one. */
  readonly cookie: string | null;
  readonly idempotencyKey: string | null;
}

const t = initTRPC
  .context<FixtureContext>()
  .meta<ProcedureMeta>()
  .create({
    isDev: false,
    sse: { ping: { enabled: true, intervalMs: 2_000 }, client: { reconnectAfterInactivityMs: 5_000 } },
    errorFormatter: ({ error, path }) => errorShape(failureOf(error), 'req_fixture', path),
  });

const open = (output: z.ZodType, summary: string, cacheSeconds?: number) =>
  t.procedure
    .meta({
      operation: 'fixture',
      needs: 'public',
      summary,
      output,
      ...(cacheSeconds ? { cacheSeconds } : {}),
    })
    .use(({ ctx, path, next }) => next({ ctx: { user: note(ctx, path) } }));

const closed = (result: { output?: z.ZodType; item?: z.ZodType }, summary: string) =>
  t.procedure
    .meta({ operation: 'fixture', needs: 'authenticated', summary, ...result })
    .use(({ ctx, path, next }) => {
      const user = note(ctx, path);
      if (user === null) throw new Failure('auth.required');
      return next({ ctx: { user } });
    });

function note({ world, token, idempotencyKey }: FixtureContext, path: string): string | null {
  const user = world.userOf(token);
  world.seen.push({ path, user, idempotencyKey });
  return user;
}

const probe = async (
  { world, user }: { world: FixtureWorld; user: string | null },
  { key, waitMs }: z.output<typeof schemas.ProbeInput>,
) => {
  const calls = world.count(key);
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  world.nextFailure(key);
  return { key, user, calls };
};

/** A router with every kind of call and schema; its generated contract is in `fixture-contract/`. */
export const fixtureRouter = t.router({
  identity: t.router({
    startGuest: open(schemas.Token, 'Starts a guest.')
      .input(schemas.Nothing)
      .mutation(({ ctx }) => ({
        accessToken: ctx.world.startGuest(),
        expiresAt: ctx.world.sessions.instant(600_000),
      })),
    getSession: closed({ output: schemas.SessionView }, 'Who you are.')
      .input(schemas.Nothing)
      .query(({ ctx }) => ctx.world.sessions.view(ctx.user)),
    renewToken: open(schemas.Token, 'A fresh token.')
      .input(schemas.Nothing)
      .mutation(({ ctx }) => ctx.world.sessions.renew(ctx.cookie ?? ctx.world.sessions.cookieOf(ctx.token))),
    signOut: open(schemas.SignedOut, 'Ends the session.')
      .input(schemas.Nothing)
      .mutation(({ ctx }) => {
        const cookie = ctx.cookie ?? ctx.world.sessions.cookieOf(ctx.token);
        if (cookie === null) throw new Failure('auth.required');
        ctx.world.nextFailure('sign-out');
        ctx.world.sessions.end(cookie);
        return { signedOut: true as const };
      }),
  }),
  agents: t.router({
    list: open(schemas.AgentPage, 'The agents an app offers, page by page.', 60)
      .input(schemas.ListAgentsInput)
      .query(({ input }): z.output<typeof schemas.AgentPage> => {
        const next = Number(input.cursor ?? 0) + input.limit;
        return {
          items: numbered(Number(input.cursor ?? 0), input.limit),
          nextCursor: next < 50 ? String(next) : null,
        };
      }),
  }),
  contacts: t.router({
    save: closed({ output: schemas.Contact }, 'Stores a contact.')
      .input(schemas.SaveContactInput)
      .mutation(({ input: { stars, ...rest } }): z.output<typeof schemas.Contact> => {
        return { id: `contact-${stars}`, favourite: null, ...rest };
      }),
  }),
  probe: t.router({
    ask: closed({ output: schemas.ProbeOutput }, 'A query that can be told to fail.')
      .input(schemas.ProbeInput)
      .query(({ ctx, input }) => probe(ctx, input)),
    act: closed({ output: schemas.ProbeOutput }, 'A mutation that can be told to fail.')
      .input(schemas.ProbeInput)
      .mutation(({ ctx, input }) => probe(ctx, input)),
    ticks: closed({ item: z.int() }, 'Numbers from 1, resumable.')
      .input(z.object({ upTo: z.int(), lastEventId: z.string().nullish() }))
      .subscription(async function* ({ ctx, input }) {
        for (let tick = Number(input.lastEventId ?? 0) + 1; tick <= input.upTo; tick++) {
          await new Promise((resolve) => setTimeout(resolve, ctx.world.pace));
          yield tracked(String(tick), tick);
        }
      }),
  }),
  runs: t.router({
    start: closed({ output: schemas.RunStarted }, 'Asks an agent.')
      .input(schemas.StartRunInput)
      .mutation(({ ctx, input }) => startFixtureRun(ctx.world, input)),
    cancel: closed({ output: z.object({ runId: z.string() }) }, 'Cancels an answer.')
      .input(schemas.CancelRunInput)
      .mutation(({ ctx, input }) => {
        const runId = 'runId' in input ? input.runId : `run-${input.clientKey}`;
        ctx.world.cancelled.add(runId);
        return { runId };
      }),
    follow: closed({ item: FollowedEvent }, 'Streams an answer.')
      .input(schemas.FollowRunInput)
      .subscription(({ ctx, input, signal }) => followFixtureRun(ctx.world, input, signal)),
    startAndFollow: closed({ item: schemas.StartedEvent }, 'Asks and streams in one go.')
      .input(schemas.StartAndFollowInput)
      .subscription(async function* ({ ctx, input, signal }) {
        const started = startFixtureRun(ctx.world, input);
        if (input.lastEventId == null) {
          yield tracked('0-0', { type: 'run.accepted' as const, seq: 0 as const, ...started });
        }
        const { lastEventId } = input;
        yield* followFixtureRun(
          ctx.world,
          { runId: started.runId, lastEventId: lastEventId === '0-0' ? null : lastEventId },
          signal,
        );
      }),
  }),
});
export type FixtureRouter = typeof fixtureRouter;

function numbered(from: number, count: number): z.output<typeof schemas.Agent>[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `agent-${from + index + 1}`,
    name: `Agent ${from + index + 1}`,
    category: 'coach' as const,
    tagline: null,
    apps: ['crm' as const],
    personality: { tone: 'warm', aggression: 3 },
  }));
}
