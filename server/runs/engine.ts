import { bulkhead } from 'cockatiel';
import { listRunPlaces } from '../../db/queries/runs.ts';
import { withSystemScope } from '../../db/tx.ts';
import { Audience } from './audience.ts';
import { formatCursor } from './cursor.ts';
import { endRun } from './end-run.ts';
import type { EngineDeps, RunLogs } from './engine-deps.ts';
import { foldText, storedTerminal } from './events.ts';
import { FlushClock } from './flush-clock.ts';
import { RunHub } from './hub.ts';
import type { LogEntry, RunSignals } from './log.ts';
import type { RunPlace } from './poller.ts';
import { type ProducerDeps, RunProducer } from './producer.ts';
import { createProviderHealth } from './provider-health.ts';
import type { RunService } from './service.ts';
import { leasePolicy, RunSupervisor } from './supervisor.ts';

export interface RunEngineOptions
  extends Pick<EngineDeps, 'database' | 'clock' | 'logger'>,
    Pick<ProducerDeps, 'prepare' | 'onAttempt' | 'instanceId'> {
  readonly logs: RunLogs;
  readonly signals: RunSignals;
  /** Told of each answer begun here; settles when it has ended. Where the platform suspends idle processes it must be told to wait. */
  readonly onLaunch?: (work: Promise<void>) => void;
}

/** The run engine of a process: producers, viewers, leases. */
export interface RunEngine extends RunService {
  start(): void;
  /** Runs produced here and runs followed here. */
  stats(): { readonly producing: number; readonly following: number };
  /** Accepts no new runs, lets those that were accepted finish for `graceMs`, then ends the rest as interrupted. */
  drain(graceMs: number): Promise<void>;
  close(): void;
}

/** Measured with 500 answers that end together: more only wait for each other, and make what streams wait. */
const SETTLING = 4;

/** Builds the engine; `start` begins renewing leases and sweeping for runs whose owner died. */
export function createRunEngine(options: RunEngineOptions): RunEngine {
  const { database, clock, logger, logs, instanceId } = options;
  const flushes = new FlushClock();
  const producing = new Map<string, Promise<void>>();
  let phase: 'open' | 'draining' | 'over' = 'open';
  const deps: EngineDeps = {
    database,
    clock,
    logger,
    logs,
    onSealed: (runId, entry) => sealed(runId, entry),
  };
  const supervisor = new RunSupervisor(deps, instanceId);
  const isLocal = (runId: string) => supervisor.isLocal(runId);
  const onArrival = (runId: string) => supervisor.find(runId)?.viewerArrived();
  const audience = new Audience({ signals: options.signals, clock, isLocal, onArrival });
  const hub = new RunHub({
    logs,
    logger,
    signals: options.signals,
    audience,
    isLocal,
    locate: async (runIds) => {
      const rows = await withSystemScope(database, 'read', (scope) => listRunPlaces(scope, runIds));
      return new Map(
        rows.map((row): [string, RunPlace] => [
          row.id,
          { log: logs.of(row.logKind), epoch: row.epoch, terminal: storedTerminal(row) },
        ]),
      );
    },
  });
  // Only somebody who took a run that is produced here has news of it: its producer must not learn it a second later.
  const unlisten = options.signals.onNews((runId) => void supervisor.doubt(runId));
  const sealed = (runId: string, entry: LogEntry) => {
    hub.publish(runId, entry);
    supervisor.release(runId);
  };
  const producerDeps: ProducerDeps = {
    ...deps,
    instanceId,
    flushes,
    health: createProviderHealth(),
    settling: bulkhead(SETTLING, Number.POSITIVE_INFINITY),
    prepare: options.prepare,
    onAttempt: options.onAttempt,
    isWatched: (runId) => audience.isWatched(runId),
    onCommitted: (runId, entry) => hub.publish(runId, entry),
  };
  const interrupt = async ({ orgId, runId }: { readonly orgId: string; readonly runId: string }) => {
    await endRun(deps, orgId, runId, { kind: 'interrupted' });
  };
  const allEnded = async () => {
    while (producing.size > 0) await Promise.allSettled(producing.values());
  };

  return {
    logKind: logs.primary.kind,
    lease: { instanceId, ms: leasePolicy.leaseMs },
    start: () => supervisor.start(),
    get accepting() {
      return phase === 'open';
    },
    stats: () => ({ producing: producing.size, following: hub.size }),
    launch(run) {
      const producer = new RunProducer(run, producerDeps);
      // Accepted before the drain and committed after its grace: ended at once, typed, rather than left to its lease.
      const isLate = phase === 'over';
      if (!isLate) supervisor.add(producer);
      const produced = isLate ? interrupt(run) : producer.produce();
      const work = produced
        .catch((error: unknown) => {
          logger.error({ err: error, runId: run.runId }, 'run producer failed; the run ends as interrupted');
          return interrupt(run);
        })
        .catch((error: unknown) => {
          logger.error({ err: error, runId: run.runId }, 'run could not be ended; the sweep will');
        })
        .finally(() => {
          supervisor.remove(run.runId);
          audience.forget(run.runId);
          hub.producerLeft(run.runId);
          producing.delete(run.runId);
        });
      producing.set(run.runId, work);
      options.onLaunch?.(work);
    },
    async end(orgId, runId, ending) {
      const terminal = await endRun(deps, orgId, runId, ending);
      supervisor.find(runId)?.fenced();
      return terminal;
    },
    follow: (run, lastEventId) => hub.follow(run, lastEventId),
    async soFar({ runId, logKind, epoch, checkpoint }) {
      const entries = await logs.of(logKind).read(runId, 0, Number.MAX_SAFE_INTEGER);
      const last = entries.at(-1);
      if (checkpoint !== null && checkpoint.seq > (last?.lastSeq ?? 0))
        return { text: checkpoint.text, lastEventId: formatCursor(epoch, checkpoint.seq) };
      const text = foldText(entries.flatMap((entry) => entry.events));
      return { text, lastEventId: last === undefined ? null : formatCursor(last.epoch, last.lastSeq) };
    },
    // A log in memory is gone with its process.
    dropLog: async (runId, kind) => {
      if (kind !== 'memory' || logs.primary.kind === 'memory') await logs.of(kind).drop(runId);
    },
    reap: () => supervisor.sweep(),
    async drain(graceMs) {
      phase = 'draining';
      const grace = new Promise((resolve) => setTimeout(resolve, graceMs).unref());
      await Promise.race([allEnded(), grace]);
      phase = 'over';
      await Promise.allSettled(
        supervisor.live().map(async ({ orgId, runId }) => {
          try {
            await interrupt({ orgId, runId });
          } finally {
            // Also without a database: a producer that goes on trying would keep the process from ending.
            supervisor.find(runId)?.fenced();
          }
        }),
      );
      await allEnded();
    },
    close() {
      unlisten();
      supervisor.stop();
      flushes.close();
      audience.close();
      hub.close();
    },
  };
}
