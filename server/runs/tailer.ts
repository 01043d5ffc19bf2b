import { foldText, isTerminal, type RunEvent, type TerminalEvent, weightOf } from './events.ts';
import type { LogEntry, RunLog } from './log.ts';
import { keptBytes } from './log-retention.ts';

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
  #bytes = 0;
  /** Events up to here are known only as text: the log lost them, or they were too many to keep. */
  #baseSeq = 0;
  #baseEpoch = 0;
  #baseText = '';
  #rewrites = 0;
  readonly #viewers = new Set<() => void>();
  ended = false;
  /** When the poller reads this run next (performance.now ms) and how long it waited last. */
  dueAt = Number.POSITIVE_INFINITY;
  intervalMs = 0;
  /** When something new came last (performance.now ms). */
  freshAt = performance.now();

  constructor(runId: string, log: RunLog) {
    this.runId = runId;
    this.log = log;
  }

  get lastSeq(): number {
    return this.#slots.at(-1)?.event.seq ?? this.#baseSeq;
  }

  get epoch(): number {
    return this.#slots.at(-1)?.epoch ?? this.#baseEpoch;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** Takes what is new of an entry; false when the entry begins after a gap. */
  offer(entry: LogEntry): boolean {
    if (entry.firstSeq > this.lastSeq + 1) return false;
    const end = entry.events.at(-1);
    if (end !== undefined && isTerminal(end) && end.seq <= this.lastSeq) {
      this.finish(end, entry.epoch);
    }
    const before = this.#slots.length;
    for (const event of entry.events) {
      if (event.seq !== this.lastSeq + 1 || this.ended) continue;
      this.#push({ epoch: entry.epoch, event });
      if (isTerminal(event)) this.ended = true;
    }
    if (this.#slots.length > before) {
      if (this.#bytes > keptBytes) this.#trim();
      this.freshAt = performance.now();
      this.wake();
    }
    return true;
  }

  /**
   * Ends by the stored outcome of a run whose log lacks its end. What the log lost in between is replaced by the
   * stored text: viewers that have not seen it get a reset, never a splice. `epoch` is the one the run ended under:
   * everywhere the end has the same id, so that who resumes after it gets it once.
   */
  finish(terminal: TerminalEvent, epoch: number): void {
    if (this.ended) return;
    if (terminal.seq !== this.lastSeq + 1) {
      this.#beginAt({ seq: terminal.seq - 1, text: terminal.text }, epoch);
      this.#rewrites += 1;
    }
    this.#push({ epoch, event: terminal });
    this.ended = true;
    this.wake();
  }

  /** Begins at the checkpoint of a live run whose log is gone; for a tailer that knows less than that. */
  restart(checkpoint: { readonly seq: number; readonly text: string }, epoch: number): void {
    this.#beginAt(checkpoint, epoch);
    this.wake();
  }

  #beginAt({ seq, text }: { readonly seq: number; readonly text: string }, epoch: number): void {
    this.#slots.length = 0;
    this.#bytes = 0;
    this.#baseSeq = seq;
    this.#baseEpoch = epoch;
    this.#baseText = text;
  }

  #push(slot: Slot): void {
    this.#slots.push(slot);
    this.#bytes += weightOf(slot.event);
  }

  /** Keeps the newer half; viewers that are not that far yet get the text instead of the events. */
  #trim(): void {
    let count = 0;
    for (const { event } of this.#slots.slice(0, -1)) {
      if (this.#bytes <= keptBytes / 2) break;
      this.#bytes -= weightOf(event);
      count += 1;
    }
    const events = this.#slots.splice(0, count).map((slot) => slot.event);
    this.#baseText = foldText(events, this.#baseText);
    this.#baseSeq += count;
  }

  /** Viewers below this have to be reset. */
  get baseSeq(): number {
    return this.#baseSeq;
  }

  /** How often numbers that viewers may have seen came to mean something else: then all have to be reset. */
  get rewrites(): number {
    return this.#rewrites;
  }

  /** The slot holding event number `seq`. */
  at(seq: number): Slot | undefined {
    return this.#slots[seq - 1 - this.#baseSeq];
  }

  /** The text a viewer shows after event number `seq`. */
  textAt(seq: number): string {
    const events = this.#slots.slice(0, Math.max(0, seq - this.#baseSeq)).map((slot) => slot.event);
    return foldText(events, this.#baseText);
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
