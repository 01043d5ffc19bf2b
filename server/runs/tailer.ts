import { foldText, isTerminal, type RunEvent } from './events.ts';
import type { LogEntry, RunLog } from './log.ts';

/** A committed event with the epoch it was written under. */
export interface Slot {
  readonly epoch: number;
  readonly event: RunEvent;
}

/**
 * What this process knows of one run's log: a gapless prefix, shared by all its viewers, who only hold a cursor.
 * Entries are offered by the local producer or by the poller; repetitions are dropped and a gap is never passed.
 */
export class Tailer {
  readonly runId: string;
  /** Where the run is written; changes when its producer had to leave a silent log. */
  log: RunLog;
  readonly #slots: Slot[] = [];
  readonly #viewers = new Set<() => void>();
  ended = false;
  /** When the poller reads this run next (performance.now ms) and how long it waited last. */
  dueAt = 0;
  intervalMs = 0;
  /** When something new came last (performance.now ms). */
  freshAt = performance.now();

  constructor(runId: string, log: RunLog) {
    this.runId = runId;
    this.log = log;
  }

  get lastSeq(): number {
    return this.#slots.at(-1)?.event.seq ?? 0;
  }

  get epoch(): number {
    return this.#slots.at(-1)?.epoch ?? 0;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** Takes what is new of an entry; false when the entry begins after a gap. */
  offer(entry: LogEntry): boolean {
    if (entry.firstSeq > this.lastSeq + 1) return false;
    const before = this.#slots.length;
    for (const event of entry.events) {
      if (event.seq !== this.lastSeq + 1 || this.ended) continue;
      this.#slots.push({ epoch: entry.epoch, event });
      if (isTerminal(event)) this.ended = true;
    }
    if (this.#slots.length > before) {
      this.freshAt = performance.now();
      this.wake();
    }
    return true;
  }

  /** The slot holding event number `seq`. */
  at(seq: number): Slot | undefined {
    return this.#slots[seq - 1];
  }

  /** The text a viewer shows after event number `seq`. */
  textAt(seq: number): string {
    return foldText(this.#slots.slice(0, seq).map((slot) => slot.event));
  }

  watch(wake: () => void): () => void {
    this.#viewers.add(wake);
    return () => {
      this.#viewers.delete(wake);
    };
  }

  wake(): void {
    for (const viewer of this.#viewers) viewer();
  }
}
