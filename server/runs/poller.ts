import type { Logger } from '../core/observe.ts';
import type { RunLog } from './log.ts';
import type { Tailer } from './tailer.ts';

/** Remote runs are read every 100 ms while data flows, backing off to 1 s; local ones only as a watchdog. Source: streaming.md 5.8. */
export const pollPolicy = {
  activeMs: 100,
  idleMs: 1000,
  backoff: 1.5,
  watchdogMs: 5000,
  maxBatch: 500,
} as const;

const TICK_MS = 25;

/** Reads what is new of all followed runs of a process, in one request a tick. */
export class LogPoller {
  readonly #log: RunLog;
  readonly #logger: Logger;
  readonly #isLocal: (runId: string) => boolean;
  readonly #tailers = new Set<Tailer>();
  #timer: NodeJS.Timeout | null = null;
  #reading = false;

  constructor(log: RunLog, logger: Logger, isLocal: (runId: string) => boolean) {
    this.#log = log;
    this.#logger = logger;
    this.#isLocal = isLocal;
  }

  add(tailer: Tailer): void {
    this.#tailers.add(tailer);
    this.#plan(tailer, pollPolicy.activeMs);
    this.#timer ??= setInterval(() => void this.#tick(), TICK_MS);
  }

  remove(tailer: Tailer): void {
    this.#tailers.delete(tailer);
    if (this.#tailers.size === 0) this.close();
  }

  /** Something is new or missing: read at the next tick. */
  hurry(tailer: Tailer): void {
    tailer.dueAt = 0;
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #plan(tailer: Tailer, intervalMs: number): void {
    tailer.intervalMs = this.#isLocal(tailer.runId) ? pollPolicy.watchdogMs : intervalMs;
    tailer.dueAt = performance.now() + tailer.intervalMs;
  }

  async #tick(): Promise<void> {
    if (this.#reading) return;
    const now = performance.now();
    const due: Tailer[] = [];
    for (const tailer of this.#tailers) {
      if (tailer.dueAt > now) continue;
      due.push(tailer);
      if (due.length === pollPolicy.maxBatch) break;
    }
    if (due.length === 0) return;
    this.#reading = true;
    for (const tailer of due) tailer.dueAt = Number.POSITIVE_INFINITY;
    try {
      const answers = await this.#log.readMany(
        due.map((tailer) => ({ runId: tailer.runId, afterSeq: tailer.lastSeq })),
      );
      due.forEach((tailer, index) => {
        this.#apply(tailer, answers[index] ?? []);
      });
    } catch (error) {
      this.#logger.warn({ err: error, runs: due.length }, 'run log did not answer a read; trying again');
      for (const tailer of due) this.#plan(tailer, pollPolicy.idleMs);
    } finally {
      this.#reading = false;
    }
  }

  #apply(tailer: Tailer, entries: Awaited<ReturnType<RunLog['read']>>): void {
    const wasHurried = tailer.dueAt === 0;
    for (const entry of entries) tailer.offer(entry);
    if (tailer.ended) {
      this.remove(tailer);
      return;
    }
    const slower = Math.min(
      pollPolicy.idleMs,
      Math.max(pollPolicy.activeMs, tailer.intervalMs * pollPolicy.backoff),
    );
    this.#plan(tailer, entries.length > 0 ? pollPolicy.activeMs : slower);
    if (wasHurried) this.hurry(tailer);
  }
}
