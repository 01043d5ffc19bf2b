import { randomBytes } from 'node:crypto';
import type { Database } from '../db/client.ts';
import type { Clock } from '../server/core/clock.ts';
import type { Logger } from '../server/core/observe.ts';
import { createJobsClient, type JobsConnection } from './client.ts';
import type { JobOperations } from './deps.ts';
import { createInngestHandler } from './handler.ts';
import { createLocalExecutor, type LocalExecutor } from './local/executor.ts';
import type { JobsHandler } from './local/protocol.ts';
import type { ExecutorSettings } from './local/settings.ts';
import { createOutboxRelay, type OutboxRelay } from './outbox.ts';
import { createJobs } from './registry.ts';

export interface JobsRuntimeOptions {
  readonly database: Database;
  readonly operations: JobOperations;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Who runs the jobs; the local executor when null. */
  readonly remote: Exclude<JobsConnection, { kind: 'local' }> | null;
  readonly settings?: Partial<ExecutorSettings>;
}

export interface JobsRuntime {
  /** Mount at `/api/inngest` for GET, POST and PUT. */
  readonly handler: JobsHandler;
  readonly relay: OutboxRelay;
  /** Null when Inngest runs the jobs. */
  readonly executor: LocalExecutor | null;
  /** Begins to run jobs (when local) and to relay the outbox. */
  start(): Promise<void>;
  /** Ends both; waits for running steps up to `settings.stopGraceMs`. */
  stop(): Promise<void>;
}

/** Everything about jobs that a process needs, wired for Inngest or for the local executor. */
export function createJobsRuntime(options: JobsRuntimeOptions): JobsRuntime {
  const { database, logger, operations, clock, settings } = options;
  // Of this process alone: what it signs only it has to verify.
  const signingKey = `signkey-local-${randomBytes(32).toString('hex')}`;
  let executor: LocalExecutor | null = null;
  const connection: JobsConnection = options.remote ?? {
    kind: 'local',
    signingKey,
    fetch: (input, init) =>
      executor ? executor.fetch(input, init) : Promise.reject(new Error('The job executor is not ready.')),
  };
  const client = createJobsClient(connection, logger);
  const functions = createJobs({ client, operations });
  const handler = createInngestHandler({
    client,
    functions,
    allowUnsignedSync: options.remote?.kind === 'dev',
  });
  if (!options.remote)
    executor = createLocalExecutor({ database, handler, signingKey, logger, clock, settings });
  const relay = createOutboxRelay({ database, logger, send: (events) => client.send(events) });
  return {
    handler,
    relay,
    executor,
    start: async () => {
      await executor?.start();
      await relay.start();
    },
    stop: async () => {
      await relay.stop();
      await executor?.stop();
    },
  };
}
