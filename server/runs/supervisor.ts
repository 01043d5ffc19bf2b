import { checkpointRuns, listOverdueRuns, releaseLeases, renewLeases } from '../../db/queries/runs.ts';
import { withSystemScope } from '../../db/tx.ts';
import { endRun, seal } from './end-run.ts';
import type { EngineDeps } from './engine-deps.ts';
import type { TerminalEvent } from './events.ts';

/** A producer's claim: renewed each second, over after 8 s without renewal, looked for every 2 s. So a dead owner is noticed within 10 s. */
export const leasePolicy = { leaseMs: 8000, renewMs: 1000, sweepMs: 2000, sweepBatch: 100 } as const;

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
  readonly #live = new Map<string, LiveRun>();
  readonly #toRelease = new Set<string>();
  #timers: NodeJS.Timeout[] = [];
  #renewing = false;
  #sweeping: Promise<number> | null = null;

  constructor(deps: EngineDeps, instanceId: string) {
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

  /** Ends every run whose lease is over and seals what was settled but not sealed. Resolves how many. */
  sweep(): Promise<number> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = null;
    });
    return this.#sweeping;
  }

  async #sweep(): Promise<number> {
    const overdue = await withSystemScope(this.#deps.database, 'read', (scope) =>
      listOverdueRuns(scope, leasePolicy.sweepBatch),
    );
    let ended = 0;
    for (const run of overdue) {
      if (this.#live.has(run.id)) continue;
      try {
        if (run.terminal === null) await endRun(this.#deps, run.orgId, run.id, { kind: 'interrupted' });
        else await this.#sealAgain(run.id, run.epoch, run.logKind, run.terminal as TerminalEvent);
        ended += 1;
      } catch (error) {
        this.#report(error);
      }
    }
    await this.#flushReleases();
    return ended;
  }

  async #sealAgain(runId: string, epoch: number, logKind: string, terminal: TerminalEvent): Promise<void> {
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
      const claims = runs.map((run) => ({ runId: run.runId, epoch: run.epoch, run }));
      const checkpoints = runs.map((run) => run.checkpoint()).filter((checkpoint) => checkpoint !== null);
      const owned = await withSystemScope(this.#deps.database, 'write', async (scope) => {
        if (checkpoints.length > 0) await checkpointRuns(scope, checkpoints);
        const renewal = { instanceId: this.#instanceId, claims, leaseMs: leasePolicy.leaseMs };
        return new Set(await renewLeases(scope, renewal));
      });
      for (const { runId, epoch, run } of claims) {
        // Epoch 0: the claim is under way and decides itself; its commit may be seen here before its answer is.
        const lost = epoch > 0 && epoch === run.epoch && !owned.has(runId);
        if (lost && !run.moving && this.#live.has(runId)) run.fenced();
      }
      for (const run of runs) void run.audit();
    } catch (error) {
      this.#report(error);
    } finally {
      this.#renewing = false;
    }
  }

  async #flushReleases(): Promise<void> {
    if (this.#toRelease.size === 0) return;
    const runIds = [...this.#toRelease];
    await withSystemScope(this.#deps.database, 'write', (scope) => releaseLeases(scope, runIds));
    for (const runId of runIds) this.#toRelease.delete(runId);
  }

  #report(error: unknown): void {
    this.#deps.logger.warn({ err: error }, 'run supervisor could not reach the database; trying again');
  }
}
