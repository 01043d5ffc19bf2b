import { randomUUID } from 'node:crypto';
import type { Database } from '../../db/client.ts';
import { claimCalls, type LeasedCall, releaseLeases, renewLeases } from '../../db/queries/job-queue.ts';
import { withSystemScope } from '../../db/tx.ts';
import { type Clock, systemClock } from '../../server/core/clock.ts';
import type { Logger } from '../../server/core/observe.ts';
import { Waker } from '../waker.ts';
import { makeCall } from './call.ts';
import { fireSchedules, readSchedules } from './crons.ts';
import type { Engine } from './engine.ts';
import { readFunctions } from './function-config.ts';
import { createLocalFetch, receiveEvents, type SentEvent, wakeChannel } from './intake.ts';
import { type Endpoint, fetchFunctionConfigs, type JobsHandler } from './protocol.ts';
import { defaultExecutorSettings, type ExecutorSettings } from './settings.ts';
import { sweep } from './sweep.ts';

export interface LocalExecutorOptions {
  readonly database: Database;
  /** The app's own `/api/inngest`; `fetch` for an app in another process (then `settings.appUrl` is its address). */
  readonly handler: JobsHandler;
  /** The key the handler verifies with. */
  readonly signingKey: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly settings?: Partial<ExecutorSettings>;
}

export interface LocalExecutor {
  /** Registers the app's functions and begins to work. Throws when a function asks for what this executor cannot do. */
  start(): Promise<void>;
  /** Takes no new calls, waits for the running ones, gives the rest back. */
  stop(): Promise<void>;
  /** Takes events as Inngest would; returns their ids. */
  send(events: readonly SentEvent[]): Promise<string[]>;
  /** For the Inngest client: its event endpoint without a network. */
  readonly fetch: typeof fetch;
}

/**
 * Runs durable functions by Inngest's SDK protocol with its state in Postgres. For development, tests and a single
 * node: several processes may share a database, but it is not a replacement for Inngest Cloud.
 */
export function createLocalExecutor(options: LocalExecutorOptions): LocalExecutor {
  const engine: Engine = {
    database: options.database,
    clock: options.clock ?? systemClock,
    logger: options.logger,
    settings: { ...defaultExecutorSettings, ...options.settings },
    functions: new Map(),
  };
  const loop = new ExecutorLoop(engine, { handler: options.handler, signingKey: options.signingKey });
  const localFetch = createLocalFetch(engine);
  return {
    start: () => loop.start(),
    stop: () => loop.stop(),
    send: (events) => receiveEvents(engine, events).finally(() => loop.wake()),
    fetch: (input, init) => localFetch(input, init).finally(() => loop.wake()),
  };
}

class ExecutorLoop {
  readonly #engine: Engine;
  readonly #endpoint: Endpoint;
  /** Calls being made, by lease token. */
  readonly #calls = new Map<string, Promise<void>>();
  #schedules: ReturnType<typeof readSchedules> = [];
  readonly #waker = new Waker();
  #stopping = false;
  #running: Promise<void> | undefined;
  #unlisten: (() => Promise<void>) | undefined;
  #renewal: NodeJS.Timeout | undefined;

  constructor(engine: Engine, endpoint: Endpoint) {
    this.#engine = engine;
    this.#endpoint = endpoint;
  }

  async start(): Promise<void> {
    const { functions, clock, database, settings } = this.#engine;
    const configs = await fetchFunctionConfigs(this.#endpoint, settings.appUrl);
    for (const fn of readFunctions(configs)) functions.set(fn.id, fn);
    this.#schedules = readSchedules(functions.values(), new Date(clock.now()));
    const subscription = await database.direct.listen(wakeChannel, () => this.wake());
    this.#unlisten = subscription.unlisten;
    this.#renewal = setInterval(() => void this.#renew(), settings.leaseMs / 3);
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#stopping = true;
    this.wake();
    await this.#running;
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, this.#engine.settings.stopGraceMs);
    await Promise.race([Promise.all(this.#calls.values()), grace.promise]);
    clearTimeout(timer);
    clearInterval(this.#renewal);
    const left = [...this.#calls.keys()];
    if (left.length > 0) {
      await withSystemScope(this.#engine.database, 'write', (scope) => releaseLeases(scope, left));
    }
    await this.#unlisten?.();
  }

  /** Looks for work now instead of at the next poll. */
  wake(): void {
    this.#waker.wake();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      try {
        await fireSchedules(this.#engine, this.#schedules);
        await sweep(this.#engine);
        await this.#fillPlaces();
        await this.#waker.sleep(this.#engine.settings.pollMs);
      } catch (error) {
        this.#engine.logger.error({ error }, 'job executor could not look for work; it will try again');
        await this.#waker.sleep(1_000);
      }
    }
  }

  async #fillPlaces(): Promise<void> {
    const { database, clock, settings, functions } = this.#engine;
    const limit = settings.concurrency - this.#calls.size;
    if (limit <= 0) return;
    const { leaseMs } = settings;
    const functionIds = [...functions.keys()];
    const claim = { now: new Date(clock.now()), functionIds, limit, leaseMs, token: randomUUID() };
    const leased = await withSystemScope(database, 'write', (scope) => claimCalls(scope, claim));
    for (const call of leased) this.#begin(call);
  }

  #begin(leased: LeasedCall): void {
    const { logger } = this.#engine;
    const call = makeCall(this.#engine, this.#endpoint, leased)
      .catch((error: unknown) => {
        // The lease runs out and the call is made again, here or elsewhere.
        logger.error({ error, runId: leased.runId, stepId: leased.stepId }, 'job call could not be recorded');
      })
      .finally(() => {
        this.#calls.delete(leased.leaseToken);
        this.wake();
      });
    this.#calls.set(leased.leaseToken, call);
  }

  async #renew(): Promise<void> {
    const tokens = [...this.#calls.keys()];
    if (tokens.length === 0) return;
    const { database, settings, logger } = this.#engine;
    try {
      await withSystemScope(database, 'write', (scope) => renewLeases(scope, tokens, settings.leaseMs));
    } catch (error) {
      logger.warn({ error }, 'job leases could not be renewed');
    }
  }
}
