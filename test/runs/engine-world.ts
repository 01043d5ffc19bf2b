import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import type { RunRow } from '../../db/queries/runs.ts';
import { messages } from '../../db/schema/conversations.ts';
import { runs } from '../../db/schema/runs.ts';
import { usageAttempts } from '../../db/schema/usage.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { MemberActor } from '../../server/core/actor.ts';
import type { Call } from '../../server/core/call.ts';
import { systemClock } from '../../server/core/clock.ts';
import { newId } from '../../server/core/ids.ts';
import { silentLogger } from '../../server/core/observe.ts';
import type { Ports } from '../../server/core/ports.ts';
import type { ModelProvider } from '../../server/integrations/ai/port.ts';
import { createMemoryLimiter } from '../../server/integrations/limits/memory.ts';
import { scopesByRole } from '../../server/modules/identity/role-scopes.ts';
import { cancelRun } from '../../server/modules/runs/cancel-run.ts';
import { followRun } from '../../server/modules/runs/follow-run.ts';
import { getRun } from '../../server/modules/runs/get-run.ts';
import { startRun } from '../../server/modules/runs/start-run.ts';
import { createRunEngine, type RunEngine } from '../../server/runs/engine.ts';
import {
  type FollowedEvent,
  isTerminal,
  type RunEvent,
  type TerminalEvent,
} from '../../server/runs/events.ts';
import { createPostgresRunLog } from '../../server/runs/log.postgres.ts';
import type { RunLog } from '../../server/runs/log.ts';
import { logsByKind } from '../../server/runs/logs-by-kind.ts';
import type { FollowedItem } from '../../server/runs/service.ts';
import { createRunSignals } from '../../server/runs/signals.ts';
import { sampleRequest } from '../ai/sample.ts';
import { testOrganisation } from '../support/database.ts';

/** A process of its own as far as runs go: an engine with its hub and signals, and the operations before it. */
export interface Instance extends AsyncDisposable {
  readonly engine: RunEngine;
  start(actor: MemberActor, input?: Partial<StartInput>): Promise<Started>;
  cancel(
    actor: MemberActor,
    input: { runId: string } | { clientKey: string },
  ): ReturnType<typeof cancelRun.run>;
  /** What `runs.get` says. */
  get(actor: MemberActor, runId: string): ReturnType<typeof getRun.run>;
  /** Everything from `lastEventId` to the terminal event. */
  follow(actor: MemberActor, runId: string, lastEventId?: string | null): Promise<FollowedItem[]>;
  open(actor: MemberActor, runId: string, lastEventId?: string | null): ReturnType<typeof followRun.open>;
}

interface StartInput {
  readonly clientKey: string;
  readonly agentId: string;
  readonly conversationId: string;
  readonly message: string;
}
export type Started = Awaited<ReturnType<typeof startRun.run>>;

export interface InstanceOptions {
  readonly database: Database;
  readonly models: readonly ModelProvider[];
  /** False: it never renews its leases and never sweeps, except by `reap`. */
  readonly renews?: boolean;
  /** Postgres alone when not given. */
  readonly logs?: (postgres: RunLog) => { readonly primary: RunLog; readonly fallback: RunLog | null };
}

/** Opens an instance; several on one database are several processes of one deployment. */
export async function openInstance(options: InstanceOptions): Promise<Instance> {
  const { database, models, logs, renews = true } = options;
  const signals = createRunSignals({ database });
  await signals.listening;
  const postgres = createPostgresRunLog({ database });
  const { primary, fallback } = logs?.(postgres) ?? { primary: postgres, fallback: null };
  const engine = createRunEngine({
    database,
    clock: systemClock,
    logger: silentLogger,
    signals,
    logs: logsByKind(primary, fallback),
    instanceId: randomUUID(),
    prepare: async () => ({
      request: sampleRequest,
      chain: models.map((provider) => ({ provider, model: 'm', inputTokens: null, thinks: false })),
    }),
    onAttempt: () => {},
  });
  if (renews) engine.start();
  const ports = portsOf(database, engine, models);
  const open: Instance['open'] = (actor, runId, lastEventId = null) =>
    followRun.open(callOf(ports, actor), { runId, lastEventId });
  return {
    engine,
    start: (actor, input) =>
      startRun.run(callOf(ports, actor), {
        clientKey: randomUUID(),
        agentId: 'agt_closer',
        message: 'How do I open?',
        ...input,
      }),
    cancel: (actor, input) => cancelRun.run(callOf(ports, actor), input),
    get: (actor, runId) => getRun.run(callOf(ports, actor), { runId }),
    open,
    follow: async (actor, runId, lastEventId) => collect(await open(actor, runId, lastEventId)),
    async [Symbol.asyncDispose]() {
      await engine.drain(0);
      engine.close();
      await signals.close();
    },
  };
}

export async function collect(stream: AsyncIterable<{ id: string; data: unknown }>): Promise<FollowedItem[]> {
  const items: FollowedItem[] = [];
  for await (const item of stream) items.push(item as FollowedItem);
  return items;
}

/** Safe to cast: operations of runs reach for nothing else of their ports. */
function portsOf(database: Database, runs: RunEngine, models: readonly ModelProvider[]): Ports {
  const metrics = { operation: () => {} };
  const limiter = createMemoryLimiter();
  return {
    database,
    clock: systemClock,
    logger: silentLogger,
    metrics,
    limiter,
    models,
    runs,
  } as unknown as Ports;
}

function callOf(ports: Ports, actor: MemberActor): Call {
  return {
    actor,
    app: actor.app,
    requestId: newId('request'),
    address: '192.0.2.1',
    signal: new AbortController().signal,
    idempotencyKey: null,
    ports,
  };
}

/** A member of an organisation of their own, or of the one given. */
export async function person(database: Database, tier: MemberActor['tier'] = 'repx5'): Promise<MemberActor> {
  const owner = await testOrganisation(database, { tier });
  return {
    ...owner,
    kind: 'member',
    role: 'owner',
    app: 'repconnect',
    tier,
    scopes: scopesByRole.owner,
    sessionId: newId('session'),
    expiresAt: Number.MAX_SAFE_INTEGER,
  };
}

/** What is stored of a run: its row, its conversation's messages, its usage. */
export function storedRun(database: Database, runId: string) {
  return withSystemScope(database, 'read', async ({ db }) => {
    const [row] = (await db.select().from(runs).where(eq(runs.id, runId))) as [RunRow];
    const answer = await db.select().from(messages).where(eq(messages.runId, runId));
    const usage = await db
      .select()
      .from(usageAttempts)
      .where(eq(usageAttempts.runId, runId))
      .orderBy(usageAttempts.attempt);
    return { row, answer, usage, terminal: row.terminal as TerminalEvent | null };
  });
}

export async function until<T>(look: () => Promise<T | false> | T | false, ms = 5000): Promise<T> {
  for (const deadline = Date.now() + ms; ; await sleep(10)) {
    const found = await look();
    if (found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain`);
  }
}

/** What a viewer shows: the fold over what it was sent, resets included. Throws on a hole or a repetition. */
export function shown(items: readonly FollowedItem[], afterSeq = 0): { text: string; end: TerminalEvent } {
  let text = '';
  let seq = afterSeq;
  let end: TerminalEvent | null = null;
  for (const { data } of items) {
    if (end !== null) throw new Error('something came after the end');
    if (data.type === 'log.reset') {
      text = data.text;
      seq = data.seq;
      continue;
    }
    const first = data.type === 'text.delta' ? (data.fromSeq ?? data.seq) : data.seq;
    if (first !== seq + 1) throw new Error(`event ${first} came after ${seq}`);
    seq = data.seq;
    if (data.type === 'text.delta') text += data.text;
    if (isTerminal(data)) end = data;
  }
  if (end === null) throw new Error('no terminal event');
  return { text, end };
}

export function typesOf(items: readonly { data: FollowedEvent | RunEvent }[]): string[] {
  return items.map(({ data }) => data.type);
}
