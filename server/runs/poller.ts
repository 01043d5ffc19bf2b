import type { Logger } from '../core/observe.ts';
import type { TerminalEvent } from './events.ts';
import type { LogEntry, RunLog } from './log.ts';
import type { Tailer } from './tailer.ts';

/** Remote runs are read every 100 ms while data flows, backing off to 1 s; local ones only as a watchdog. Source: streaming.md 5.8. */
export const pollPolicy = {
  activeMs: 100,
  idleMs: 1000,
  backoff: 1.5,
  watchdogMs: 5000,
  maxBatch: 500,
  /** A remote run that is silent for this long may have moved to another log. */
  relocateMs: 3000,
} as const;

const TICK_MS = 25;
/** Hints of several processes within this time are answered by one read. */
const HURRY_MS = 15;

export interface RunPlace {
  readonly log: RunLog;
  /** Who owns the run, or ended it. */
  readonly epoch: number;
  readonly terminal: TerminalEvent | null;
}

export interface LogPollerOptions {
  readonly logger: Logger;
  isLocal(runId: string): boolean;
  /** Where these runs are written now and how they ended, by id; runs it does not name stay where they are. */
  locate(runIds: readonly string[]): Promise<ReadonlyMap<string, RunPlace>>;
}

/** Reads what is new of all followed runs of a process, in one request a tick and log. */
export class LogPoller {
  readonly #o: LogPollerOptions;
  readonly #tailers = new Set<Tailer>();
  #timer: NodeJS.Timeout | null = null;
  /** One read at a time of each log: one that is slow to answer keeps no other waiting. */
  readonly #reading = new Set<RunLog>();
  #hurried: NodeJS.Timeout | null = null;
  /** Something was hurried while its log was being read. */
  #missed = false;
  #tickedAt = 0;
  #relocatedAt = 0;

  constructor(options: LogPollerOptions) {
    this.#o = options;
  }

  add(tailer: Tailer): void {
    this.#tailers.add(tailer);
    if (tailer.dueAt !== 0) this.#plan(tailer, pollPolicy.activeMs); // else something came while the log was read
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  remove(tailer: Tailer): void {
    this.#tailers.delete(tailer);
    if (this.#tailers.size === 0) this.close();
  }

  /** Something is new or missing: read as soon as the last read is 15 ms old and answered. */
  hurry(tailer: Tailer): void {
    tailer.dueAt = 0;
    if (this.#reading.has(tailer.log)) this.#missed = true;
    else this.#soon();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#hurried !== null) clearTimeout(this.#hurried);
    this.#timer = null;
    this.#hurried = null;
  }

  #soon(): void {
    if (this.#hurried !== null || this.#timer === null) return;
    const wait = Math.max(0, this.#tickedAt + HURRY_MS - performance.now());
    this.#hurried = setTimeout(() => {
      this.#hurried = null;
      this.#tick();
    }, wait);
  }

  #plan(tailer: Tailer, intervalMs: number): void {
    tailer.intervalMs = this.#o.isLocal(tailer.runId) ? pollPolicy.watchdogMs : intervalMs;
    tailer.dueAt = performance.now() + tailer.intervalMs;
  }

  #tick(): void {
    this.#tickedAt = performance.now();
    for (const [log, tailers] of Map.groupBy(this.#takeDue(), (tailer) => tailer.log)) {
      this.#reading.add(log);
      void this.#read(log, tailers).finally(() => {
        this.#reading.delete(log);
        if (this.#missed) this.#soon();
        this.#missed = false;
      });
    }
    void this.#relocate();
  }

  #takeDue(): Tailer[] {
    const now = performance.now();
    const due: Tailer[] = [];
    for (const tailer of this.#tailers) {
      if (tailer.dueAt > now || this.#reading.has(tailer.log)) continue;
      tailer.dueAt = Number.POSITIVE_INFINITY;
      due.push(tailer);
      if (due.length === pollPolicy.maxBatch) break;
    }
    return due;
  }

  async #read(log: RunLog, tailers: readonly Tailer[]): Promise<void> {
    try {
      const requests = tailers.map((tailer) => ({ runId: tailer.runId, afterSeq: tailer.lastSeq }));
      const answers = await log.readMany(requests);
      tailers.forEach((tailer, index) => {
        this.#apply(tailer, answers[index] ?? []);
      });
    } catch (error) {
      const facts = { err: error, runs: tailers.length, log: log.kind };
      this.#o.logger.warn(facts, 'run log did not answer a read; trying again');
      for (const tailer of tailers) {
        this.#plan(tailer, pollPolicy.idleMs);
        tailer.freshAt = Number.NEGATIVE_INFINITY; // its producer may have left this log
      }
    }
  }

  #apply(tailer: Tailer, entries: readonly LogEntry[]): void {
    const wasHurried = tailer.dueAt === 0;
    for (const entry of entries) tailer.offer(entry);
    if (tailer.ended) {
      this.remove(tailer);
      return;
    }
    const slower = Math.max(pollPolicy.activeMs, tailer.intervalMs * pollPolicy.backoff);
    this.#plan(tailer, entries.length > 0 ? pollPolicy.activeMs : Math.min(pollPolicy.idleMs, slower));
    if (wasHurried) this.hurry(tailer);
  }

  /** The run ended, yet nothing came of it here: what its log still holds, then the stored end. */
  async #finish(tailer: Tailer, { log, epoch }: RunPlace, terminal: TerminalEvent): Promise<void> {
    try {
      for (const entry of await log.read(tailer.runId, tailer.lastSeq)) tailer.offer(entry);
    } catch (error) {
      this.#o.logger.warn(
        { err: error, runId: tailer.runId },
        'run log is away; its end is taken from the run',
      );
    }
    tailer.finish(terminal, epoch);
    this.remove(tailer);
  }

  /** Asks where silent remote runs are written now, at most once in `relocateMs`. */
  async #relocate(): Promise<void> {
    const now = performance.now();
    if (now - this.#relocatedAt < pollPolicy.relocateMs) return;
    const silent = [...this.#tailers].filter(
      (tailer) => now - tailer.freshAt > pollPolicy.relocateMs && !this.#o.isLocal(tailer.runId),
    );
    this.#relocatedAt = now;
    if (silent.length === 0) return;
    try {
      const places = await this.#o.locate(silent.map((tailer) => tailer.runId));
      for (const tailer of silent) {
        const place = places.get(tailer.runId);
        if (place === undefined) continue;
        tailer.log = place.log;
        if (place.terminal !== null) void this.#finish(tailer, place, place.terminal);
      }
    } catch (error) {
      this.#o.logger.warn({ err: error, runs: silent.length }, 'could not ask where silent runs are written');
    }
  }
}
