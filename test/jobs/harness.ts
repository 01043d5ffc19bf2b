import { setTimeout as sleep } from 'node:timers/promises';
import type { Inngest, InngestFunction } from 'inngest';
import { findJobRunWithSteps, listJobRuns } from '../../db/queries/jobs.ts';
import { withSystemScope } from '../../db/tx.ts';
import { createJobsClient } from '../../jobs/client.ts';
import { createInngestHandler } from '../../jobs/handler.ts';
import { createLocalExecutor, type LocalExecutor } from '../../jobs/local/executor.ts';
import type { JobsHandler } from '../../jobs/local/protocol.ts';
import type { ExecutorSettings } from '../../jobs/local/settings.ts';
import type { Logger } from '../../server/core/observe.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { testDatabase } from '../support/database.ts';

export const signingKey = 'signkey-test-0123456789abcdef0123456789abcdef';

/** Real time that a test can move forward. */
export class MovableClock {
  #ahead = 0;
  now(): number {
    return Date.now() + this.#ahead;
  }
  advance(ms: number): void {
    this.#ahead += ms;
  }
}

export const fastSettings = {
  pollMs: 15,
  backoffMs: [20],
  backoffJitter: 0,
  leaseMs: 2_000,
} satisfies Partial<ExecutorSettings>;

export interface Harness extends AsyncDisposable {
  readonly client: Inngest;
  readonly executor: LocalExecutor;
  readonly handler: JobsHandler;
  readonly clock: MovableClock;
  send(name: string, data?: Record<string, unknown>, id?: string): Promise<void>;
}

interface HarnessOptions {
  readonly settings?: Partial<ExecutorSettings>;
  readonly logger?: Logger;
  /** Wraps the app's endpoint, to watch or break it. */
  readonly wrap?: (handler: JobsHandler) => JobsHandler;
}

/** A started executor over real functions of the SDK, signed, without a network; stops with its scope. */
export async function startHarness(
  define: (client: Inngest) => readonly InngestFunction.Any[],
  options: HarnessOptions = {},
): Promise<Harness> {
  const database = await testDatabase();
  const clock = new MovableClock();
  const logger = options.logger ?? silentLogger;
  const client = createJobsClient(
    { kind: 'local', signingKey, fetch: (input, init) => executor.fetch(input, init) },
    logger,
  );
  const served = createInngestHandler({ client, functions: define(client) });
  const handler = options.wrap?.(served) ?? served;
  const settings = { ...fastSettings, ...options.settings };
  const executor = createLocalExecutor({ database, handler, signingKey, logger, clock, settings });
  await executor.start();
  return {
    client,
    executor,
    handler,
    clock,
    send: async (name, data = {}, id) => {
      await client.send({ name, data, ...(id ? { id } : {}) });
    },
    [Symbol.asyncDispose]: () => executor.stop(),
  };
}

export type StoredRun = NonNullable<Awaited<ReturnType<typeof findJobRunWithSteps>>>;

/** The runs of a function, oldest first, with their steps. `id` is without the app's prefix. */
export async function storedRuns(id: string): Promise<StoredRun[]> {
  const database = await testDatabase();
  return withSystemScope(database, 'read', async (scope) => {
    const listed = await listJobRuns(scope, { limit: 100, functionId: `repspheres-${id}` });
    const runs: StoredRun[] = [];
    for (const { id: runId } of listed.reverse()) {
      const run = await findJobRunWithSteps(scope, runId);
      if (run) runs.push(run);
    }
    return runs;
  });
}

/** Waits until `count` runs of a function have ended; fails after 15 s with what it saw. */
export async function endedRuns(id: string, count = 1): Promise<StoredRun[]> {
  const isEnded = (run: StoredRun) => run.endedAt !== null;
  let runs: StoredRun[] = [];
  await until(async () => {
    runs = await storedRuns(id);
    return runs.filter(isEnded).length >= count;
  }).catch(() => {
    const seen = runs.map((run) => `${run.status} with ${run.steps.map((s) => `${s.name}:${s.status}`)}`);
    throw new Error(`Of ${count} runs of ${id} not all ended. Seen: ${seen.join('; ') || 'none'}`);
  });
  return runs.filter(isEnded);
}

/** The one run of a function, ended. */
export async function endedRun(id: string): Promise<StoredRun> {
  const [run] = await endedRuns(id);
  if (!run) throw new Error(`No run of ${id}.`);
  return run;
}

export async function until(condition: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  for (const end = Date.now() + ms; !(await condition()); await sleep(10)) {
    if (Date.now() > end) throw new Error(`The condition did not come true in ${ms} ms.`);
  }
}
