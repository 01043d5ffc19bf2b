import type { BulkheadPolicy } from 'cockatiel';
import { checkpointRuns, claimRun, moveRunLog } from '../../db/queries/runs.ts';
import { recordAttempts } from '../../db/queries/usage.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import type { ModelRequest } from '../integrations/ai/port.ts';
import { type AttemptRecord, attemptRecord } from './attempt-record.ts';
import { type AttemptsOutcome, type ChainLink, runAttempts } from './attempts.ts';
import { endRun, seal } from './end-run.ts';
import type { EngineDeps } from './engine-deps.ts';
import { eventSink } from './event-sink.ts';
import type { FlushClock } from './flush-clock.ts';
import type { LogEntry, RunLog } from './log.ts';
import { LogWriter } from './log-writer.ts';
import { outcomeTerminal } from './outcome-terminal.ts';
import { patiently } from './patience.ts';
import type { ProviderHealth } from './provider-health.ts';
import type { LaunchedRun } from './service.ts';
import { settle, type TerminalDraft } from './settle.ts';
import { type Checkpoint, type LiveRun, leasePolicy } from './supervisor.ts';

/** What a run says to the models: the prompt and the chain of providers to try. */
export interface PreparedAnswer {
  readonly request: Omit<ModelRequest, 'model'>;
  readonly chain: readonly ChainLink[];
}

export interface ProducerDeps extends EngineDeps {
  readonly instanceId: string;
  readonly flushes: FlushClock;
  readonly health: ProviderHealth;
  /** Lets few answers settle at a time, so that many that end together do not take the pool from those that stream. */
  readonly settling: Pick<BulkheadPolicy, 'execute'>;
  prepare(run: LaunchedRun): Promise<PreparedAnswer>;
  isWatched(runId: string): boolean;
  onCommitted(runId: string, entry: LogEntry): void;
  onAttempt(provider: string, outcome: string): void;
}

/** A log that has not answered for 2 s is given up for the fallback; a timer may be early by a little. Source: streaming.md 5.5. */
const SILENT_MS = 1900;

/** Produces one run in this process: claims it, asks the models, writes the log, settles, seals. */
export class RunProducer implements LiveRun {
  readonly runId: string;
  readonly orgId: string;
  epoch = 0;
  readonly #run: LaunchedRun;
  readonly #deps: ProducerDeps;
  readonly #abort = new AbortController();
  #writer: LogWriter | null = null;
  #recovering: Promise<void> | null = null;
  #checkpointed = 0;
  #finishing = false;

  constructor(run: LaunchedRun, deps: ProducerDeps) {
    this.#run = run;
    this.#deps = deps;
    this.runId = run.runId;
    this.orgId = run.orgId;
  }

  /** Runs to the end, whatever happens; rejects only when the database is away, and then the reaper ends the run. */
  async produce(): Promise<void> {
    const claimed = await this.#claim();
    if (claimed === null) return;
    const timer = this.#startTimeLimit();
    try {
      const prepared = await patiently(() => this.#deps.prepare(this.#run));
      claimed.add({
        type: 'run.started',
        agentId: this.#run.agentId,
        remainingSeconds: this.#run.limitSeconds,
      });
      const outcome = await runAttempts({
        ...prepared,
        signal: this.#abort.signal,
        sink: eventSink(claimed, this.#deps.onAttempt),
        health: this.#deps.health,
        clock: this.#deps.clock,
        logger: this.#deps.logger.child({ runId: this.runId }),
      });
      await claimed.drained();
      // While what the log lost can still be written again: after the settlement its numbers stand.
      if (!this.#abort.signal.aborted) await this.audit();
      await this.#finish(claimed, outcome);
    } finally {
      if (timer !== null) clearTimeout(timer);
      claimed.stop();
    }
  }

  get moving(): boolean {
    return this.#recovering !== null;
  }

  fenced(): void {
    this.#writer?.stop();
    this.#abort.abort();
  }

  viewerArrived(): void {
    this.#writer?.flush();
  }

  checkpoint(): Checkpoint | null {
    const writer = this.#writer;
    if (writer === null || writer.log.kind === 'postgres') return null;
    if (writer.committedSeq === this.#checkpointed) return null;
    this.#checkpointed = writer.committedSeq;
    return this.#checkpointOf(writer);
  }

  async audit(): Promise<void> {
    const writer = this.#writer;
    if (writer === null || writer.committedSeq === 0 || writer.log.kind === 'postgres') return;
    try {
      if (await writer.log.audit(this.runId, writer.committedSeq)) return;
      await this.#recover('lost', 0);
    } catch (error) {
      this.#deps.logger.warn({ err: error, runId: this.runId }, 'run log did not answer its audit');
    }
  }

  async #claim(): Promise<LogWriter | null> {
    const { instanceId, logs } = this.#deps;
    const { runId } = this;
    const { limitSeconds } = this.#run;
    const claim = { runId, instanceId, leaseMs: leasePolicy.leaseMs, limitSeconds };
    const row = await patiently(() =>
      withOrgScope(this.#deps.database, this.orgId, 'write', (scope) => claimRun(scope, claim)),
    );
    if (row === null) return null;
    this.epoch = row.epoch;
    const log = await this.#openLog(logs.of(row.logKind));
    if (log === null) return null;
    this.#writer = new LogWriter({
      runId: this.runId,
      epoch: this.epoch,
      lastSeq: 0,
      log,
      clock: this.#deps.clock,
      flushes: this.#deps.flushes,
      logger: this.#deps.logger,
      isWatched: () => this.#deps.isWatched(this.runId),
      onCommitted: (entry) => this.#deps.onCommitted(this.runId, entry),
      onFenced: () => this.fenced(),
      recover: (reason, silentMs) => this.#recover(reason, silentMs),
    });
    return this.#writer;
  }

  /** The first marker; a log that is down from the start is replaced by the fallback. */
  async #openLog(log: RunLog): Promise<RunLog | null> {
    try {
      return (await log.takeover(this.runId, this.epoch, { create: true })) === 'fenced' ? null : log;
    } catch (error) {
      const { fallback } = this.#deps.logs;
      if (fallback === null || fallback === log) throw error;
      this.#deps.logger.warn({ err: error, runId: this.runId }, 'run log is away; using the fallback');
      return (await this.#moveTo(fallback, [])) ? fallback : null;
    }
  }

  #startTimeLimit(): NodeJS.Timeout | null {
    const { limitSeconds, requiredTier } = this.#run;
    if (limitSeconds === null) return null;
    return setTimeout(() => {
      endRun(this.#deps, this.orgId, this.runId, { kind: 'time_limit', limitSeconds, requiredTier })
        .catch((error: unknown) => {
          this.#deps.logger.error({ err: error, runId: this.runId }, 'time limit could not end the run');
        })
        .finally(() => this.fenced());
    }, limitSeconds * 1000);
  }

  async #finish(writer: LogWriter, outcome: AttemptsOutcome): Promise<void> {
    const { database, clock } = this.#deps;
    // A move under way takes an epoch: settling under the old one would be refused.
    this.#finishing = true;
    await this.#recovering;
    const attempts = outcome.attempts.map((one) => attemptRecord(one, this.#run.app, clock.now()));
    const terminal = this.#abort.signal.aborted ? null : outcomeTerminal(outcome, writer.text);
    const settled =
      terminal === null
        ? null
        : await patiently(() => this.#deps.settling.execute(() => this.#settle(writer, terminal, attempts)));
    if (settled !== null) {
      await seal(this.#deps, writer.log, { runId: this.runId, epoch: this.epoch, terminal: settled });
      return;
    }
    // Somebody else ended the run; what it cost is still recorded, better than the estimate they could make.
    const records = attempts.map((attempt) => ({ ...attempt, runId: this.runId }));
    await patiently(() =>
      withOrgScope(database, this.orgId, 'write', (scope) => recordAttempts(scope, records)),
    );
  }

  #settle(writer: LogWriter, terminal: TerminalDraft, attempts: readonly AttemptRecord[]) {
    const { orgId, runId, epoch } = this;
    const { conversationId } = this.#run;
    const { lastSeq } = writer;
    return settle(this.#deps.database, { orgId, runId, conversationId, epoch, lastSeq, terminal, attempts });
  }

  /** Writes the history again: into the same log when it lost it, into the fallback when it has been silent for 2 s. */
  #recover(reason: 'lost' | 'silent' | 'fenced', silentMs: number): Promise<void> {
    if (this.#recovering === null && (reason === 'fenced' || this.#finishing)) return Promise.resolve();
    this.#recovering ??= this.#tryRecover(reason, silentMs)
      .catch((error: unknown) => {
        this.#deps.logger.warn(
          { err: error, runId: this.runId, reason },
          'run log could not be recovered yet',
        );
      })
      .finally(() => {
        this.#recovering = null;
      });
    return this.#recovering;
  }

  async #tryRecover(reason: 'lost' | 'silent' | 'fenced', silentMs: number): Promise<void> {
    const writer = this.#writer;
    const { fallback } = this.#deps.logs;
    if (writer === null || (reason === 'silent' && silentMs < SILENT_MS)) return;
    const target = reason === 'lost' ? writer.log : fallback;
    if (target === null) return;
    const { history } = writer;
    if (history === null) return this.#giveUp(writer, reason);
    this.#deps.logger.warn({ runId: this.runId, reason, log: target.kind }, 'writing the run log again');
    if (await this.#moveTo(target, history)) writer.moveTo(target, this.epoch);
    else this.fenced();
  }

  /** The run is too long to be written again: it ends with what is committed, as its checkpoint. */
  async #giveUp(writer: LogWriter, reason: string): Promise<void> {
    const { database, logger } = this.#deps;
    logger.warn(
      { runId: this.runId, reason },
      'run log is gone and its run too long to write again; ending it',
    );
    const checkpoint = this.#checkpointOf(writer);
    await withSystemScope(database, 'write', (scope) => checkpointRuns(scope, [checkpoint]));
    await endRun(this.#deps, this.orgId, this.runId, { kind: 'interrupted' });
    this.fenced();
  }

  #checkpointOf(writer: LogWriter): Checkpoint {
    return { runId: this.runId, epoch: this.epoch, seq: writer.committedSeq, text: writer.text };
  }

  async #moveTo(target: RunLog, history: readonly LogEntry[]): Promise<boolean> {
    const { runId, orgId, epoch } = this;
    const next = await withOrgScope(this.#deps.database, orgId, 'write', (scope) =>
      moveRunLog(scope, { runId, epoch, logKind: target.kind }),
    );
    if (next === null) return false;
    this.epoch = next;
    const tail = await target.takeover(runId, next, { create: true });
    if (tail === 'fenced') return false;
    for (const entry of history.filter((one) => one.lastSeq > tail.lastSeq)) {
      if ((await target.append(runId, { ...entry, epoch: next })) !== 'appended') return false;
    }
    return true;
  }
}
