import {
  checkpointRuns,
  type OverdueRun,
  releaseLeases,
  renewLeases,
  takeOverdueRuns,
} from '../../db/queries/runs.ts';
import { withSystemScope } from '../../db/tx.ts';
import { endRun, seal } from './end-run.ts';
import type { EngineDeps } from './engine-deps.ts';
import { storedTerminal, type TerminalEvent } from './events.ts';
import type { Ending } from './service.ts';

/**
 * A producer's claim: renewed each second, over after 4.5 s without renewal, looked for every 0.5 s. So a dead owner is
 * noticed within 5 s, and a process whose event loop stands for 3 s keeps its runs. Source: reliability.md F02, F08.
 */
export const leasePolicy = { leaseMs: 4500, renewMs: 1000, sweepMs: 500, sweepBatch: 100 } as const;

/** How many overdue runs a sweep ends at a time. */
const ENDING = 4;

/** Requests may wait for connections; a renewal that does makes every run of a busy process look dead. */
const ahead = { access: 'write', work: 'urgent' } as const;

/** A run that is produced in this process. */
export interface LiveRun {
  readonly runId: string;
  readonly orgId: string;
  epoch: number;
  /** It is taking its own next epoch to write its log again. */
  readonly moving: boolean;
  /** Another epoch owns the run: stop at once and write nothing more. */
  fenced(): void;
  /** Nobody watched so far: what is waiting goes out at once. */
  viewerArrived(): void;
  /** The committed text, when its log may be lost and it grew since the last call; else null. */
  checkpoint(): Checkpoint | null;
  /** Checks that the log still holds what was committed, and repairs it. Must not reject. */
  audit(): Promise<void>;
}

export interface Checkpoint {
  readonly runId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly text: string;
}

/** Keeps the claims of this process alive, notices lost ones, and ends runs whose owner died anywhere. */
export class RunSupervisor {
  readonly #deps: EngineDeps;
  readonly #instanceId: string;
  readonly #sweepBatch: number;
  readonly #live = new Map<string, LiveRun>();
  readonly #toRelease = new Set<string>();
  #timers: NodeJS.Timeout[] = [];
  #renewing = false;
  #sweeping: Promise<number> | null = null;

  constructor(deps: EngineDeps, instanceId: string, sweepBatch: number = leasePolicy.sweepBatch) {
    this.#sweepBatch = sweepBatch;
    this.#deps = deps;
    this.#instanceId = instanceId;
  }

  start(): void {
    this.#timers = [
      setInterval(() => void this.#renew(), leasePolicy.renewMs),
      setInterval(
        () => void this.sweep().catch((error: unknown) => this.#report(error)),
        leasePolicy.sweepMs,
      ),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  get size(): number {
    return this.#live.size;
  }

  isLocal(runId: string): boolean {
    return this.#live.has(runId);
  }

  add(run: LiveRun): void {
    this.#live.set(run.runId, run);
  }

  remove(runId: string): void {
    this.#live.delete(runId);
  }

  /** The runs produced here now. */
  live(): LiveRun[] {
    return [...this.#live.values()];
  }

  /** The run whose owner is here, if any. */
  find(runId: string): LiveRun | undefined {
    return this.#live.get(runId);
  }

  /** The run's log is sealed: its lease is given up with the next renewal. */
  release(runId: string): void {
    this.#toRelease.add(runId);
  }

  /** Somebody elsewhere may have taken this run: looks at once whether it is still ours. */
  async doubt(runId: string): Promise<void> {
    const run = this.#live.get(runId);
    if (run === undefined) return;
    try {
      await this.#confirm([run], []);
    } catch (error) {
      this.#report(error, runId);
    }
  }

  /** Ends every run whose lease is over and seals what was settled but not sealed. Resolves how many. */
  sweep(): Promise<number> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = null;
    });
    return this.#sweeping;
  }

  async #sweep(): Promise<number> {
    const overdue = await withSystemScope(this.#deps.database, 'write', (scope) =>
      takeOverdueRuns(scope, { limit: this.#sweepBatch, leaseMs: leasePolicy.leaseMs }),
    );
    const waiting = overdue.values();
    let ended = 0;
    const endWaiting = async () => {
      for (const run of waiting) if (await this.#endOverdue(run)) ended += 1;
    };
    await Promise.all(Array.from({ length: ENDING }, endWaiting));
    await this.#flushReleases();
    return ended;
  }

  async #endOverdue(run: OverdueRun): Promise<boolean> {
    if (this.#live.has(run.id)) return false;
    try {
      const terminal = storedTerminal(run);
      if (terminal === null) await endRun(this.#deps, run.orgId, run.id, overdueEnding(run));
      else await this.#sealAgain(run, terminal);
      return true;
    } catch (error) {
      this.#report(error, run.id);
      return false;
    }
  }

  async #sealAgain({ id: runId, epoch, logKind }: OverdueRun, terminal: TerminalEvent): Promise<void> {
    const log = this.#deps.logs.of(logKind);
    const tail = await log.tail(runId);
    // A log that lost events cannot be sealed any more: readers take the end from the run's row.
    if (!tail.exists || tail.ended || tail.lastSeq < terminal.seq - 1) this.release(runId);
    else await seal(this.#deps, log, { runId, epoch, terminal });
  }

  async #renew(): Promise<void> {
    if (this.#renewing) return;
    this.#renewing = true;
    try {
      await this.#flushReleases();
      const runs = [...this.#live.values()];
      if (runs.length === 0) return;
      const checkpoints = runs.map((run) => run.checkpoint()).filter((checkpoint) => checkpoint !== null);
      await this.#confirm(runs, checkpoints);
      for (const run of runs) void run.audit();
    } catch (error) {
      this.#report(error);
    } finally {
      this.#renewing = false;
    }
  }

  /** Renews the leases of these runs and stops those that are somebody else's now. */
  async #confirm(runs: readonly LiveRun[], checkpoints: readonly Checkpoint[]): Promise<void> {
    const claims = runs.map((run) => ({ runId: run.runId, epoch: run.epoch, run }));
    const renewal = { instanceId: this.#instanceId, claims, leaseMs: leasePolicy.leaseMs };
    const owned = await withSystemScope(this.#deps.database, ahead, async (scope) => {
      if (checkpoints.length > 0) await checkpointRuns(scope, checkpoints);
      return new Set(await renewLeases(scope, renewal));
    });
    for (const { runId, epoch, run } of claims) {
      // Epoch 0: the claim is under way and decides itself; its commit may be seen here before its answer is.
      const lost = epoch > 0 && epoch === run.epoch && !owned.has(runId);
      if (lost && !run.moving && this.#live.has(runId)) run.fenced();
    }
  }

  async #flushReleases(): Promise<void> {
    if (this.#toRelease.size === 0) return;
    const runIds = [...this.#toRelease];
    await withSystemScope(this.#deps.database, 'write', (scope) => releaseLeases(scope, runIds));
    for (const runId of runIds) this.#toRelease.delete(runId);
  }

  #report(error: unknown, runId?: string): void {
    const facts = runId === undefined ? { err: error } : { err: error, runId };
    this.#deps.logger.warn(facts, 'run supervisor could not do its work; trying again');
  }
}

/** A run whose owner died ends as interrupted, unless its time was over: then its owner failed to say so. */
function overdueEnding({ isOverTime, limitSeconds, requiredTier }: OverdueRun): Ending {
  if (!isOverTime || limitSeconds === null) return { kind: 'interrupted' };
  return { kind: 'time_limit', limitSeconds, requiredTier };
}
