import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/observe.ts';
import { foldText, type RunEvent, weightOf } from './events.ts';
import type { FlushClock } from './flush-clock.ts';
import type { AppendOutcome, LogEntry, RunLog } from './log.ts';
import { keptBytes } from './log-retention.ts';

/** An event before its number. */
export type Draft = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, 'seq' | 'fromSeq'>
    : never
  : never;

/** The first delta goes at once, then every 40 ms, after 2 s every 80 ms, unwatched every 500 ms, or at 64 deltas or 16 Ki UTF-16 units. Source: streaming.md 5.5. */
export const flushPolicy = {
  earlyMs: 40,
  lateMs: 80,
  lateAfterMs: 2000,
  unwatchedMs: 500,
  maxDeltas: 64,
  maxChars: 16 * 1024,
} as const;

const RETRY_MS = 100;

export interface LogWriterOptions {
  readonly runId: string;
  readonly epoch: number;
  readonly lastSeq: number;
  readonly log: RunLog;
  readonly clock: Clock;
  readonly flushes: FlushClock;
  readonly logger: Logger;
  /** Whether anybody watches; who begins to must `flush`. */
  isWatched(): boolean;
  /** A batch is committed: viewers may see it. */
  onCommitted(entry: LogEntry): void;
  /** Another epoch owns the log: the writer has stopped. Called at most once. */
  onFenced(): void;
  /**
   * The log lost what it had ('lost'), has not answered for `silentMs` ('silent'), or has a higher epoch ('fenced'),
   * which may be our own move. May move the writer to a log that holds `history`; the batch is then tried again there.
   * Must not reject.
   */
  recover(reason: 'lost' | 'silent' | 'fenced', silentMs: number): Promise<void>;
}

/** Writes the events of one run in order, one append in flight, deltas of a flush merged into one event. */
export class LogWriter {
  readonly #o: LogWriterOptions;
  #log: RunLog;
  #epoch: number;
  #seq: number;
  #pending: Draft[] = [];
  #pendingDeltas = 0;
  #pendingChars = 0;
  #inFlight: Promise<void> | null = null;
  #stopped = false;
  #silentEntry = 0;
  /** Something that should have gone at once waits for the append in flight. */
  #urgent = false;
  #sentFirstDelta = false;
  readonly #startedAt: number;
  #history: LogEntry[] | null = [];
  #historyBytes = 0;
  #committedSeq: number;
  #text = '';

  constructor(options: LogWriterOptions) {
    this.#o = options;
    this.#log = options.log;
    this.#epoch = options.epoch;
    this.#seq = options.lastSeq;
    this.#committedSeq = options.lastSeq;
    this.#startedAt = options.clock.now();
  }

  get lastSeq(): number {
    return this.#seq;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Which log is written now. */
  get log(): RunLog {
    return this.#log;
  }

  /** Everything committed so far, for a log that lost it; null when that is more than a process keeps. */
  get history(): readonly LogEntry[] | null {
    return this.#history;
  }

  /** The last event that is committed. */
  get committedSeq(): number {
    return this.#committedSeq;
  }

  /** The fold of everything committed so far. */
  get text(): string {
    return this.#text;
  }

  /** Adds an event; deltas wait for the flush window, everything else goes at once. */
  add(draft: Draft): void {
    if (this.#stopped) return;
    if (draft.type !== 'text.delta') {
      this.#pending.push(draft);
      // The first delta of a block follows at once and takes it along.
      if (draft.type !== 'block.started') this.#flushNow();
      return;
    }
    this.#addDelta(draft);
    const full = this.#pendingDeltas >= flushPolicy.maxDeltas || this.#pendingChars >= flushPolicy.maxChars;
    if (!this.#sentFirstDelta || full) {
      this.#sentFirstDelta = true;
      this.#flushNow();
    } else if (this.#inFlight === null) {
      this.#o.flushes.schedule(this, this.#windowMs());
    }
  }

  /** Resolves when everything added is committed, or the writer was stopped. */
  async drained(): Promise<void> {
    while (!this.#stopped && (this.#pending.length > 0 || this.#inFlight !== null)) {
      this.#flushNow();
      await this.#inFlight;
    }
  }

  /** Nothing more is written; what is pending is dropped. */
  stop(): void {
    this.#stopped = true;
    this.#pending = [];
    this.#o.flushes.cancel(this);
  }

  /** Goes on under a new epoch in another log that already holds the history. */
  moveTo(log: RunLog, epoch: number): void {
    this.#log = log;
    this.#epoch = epoch;
  }

  /** The window is over, or somebody has begun to watch. */
  flush(): void {
    this.#flushNow();
  }

  #windowMs(): number {
    if (!this.#o.isWatched()) return flushPolicy.unwatchedMs;
    const late = this.#o.clock.now() - this.#startedAt > flushPolicy.lateAfterMs;
    return late ? flushPolicy.lateMs : flushPolicy.earlyMs;
  }

  #addDelta(draft: Extract<Draft, { type: 'text.delta' }>): void {
    const last = this.#pending.at(-1);
    if (last?.type === 'text.delta' && last.block === draft.block) {
      this.#pending[this.#pending.length - 1] = { ...last, text: last.text + draft.text };
    } else {
      this.#pending.push(draft);
    }
    this.#pendingDeltas += 1;
    this.#pendingChars += draft.text.length;
  }

  #flushNow(): void {
    if (this.#pending.length === 0 || this.#stopped) return;
    if (this.#inFlight !== null) {
      this.#urgent = true;
      return;
    }
    this.#urgent = false;
    this.#o.flushes.cancel(this);
    const events = this.#pending.map((draft, index) => numbered(draft, this.#seq + index + 1));
    this.#pending = [];
    this.#pendingDeltas = 0;
    this.#pendingChars = 0;
    const firstSeq = this.#seq + 1;
    this.#seq += events.length;
    this.#inFlight = this.#commit(firstSeq, events).finally(() => {
      this.#inFlight = null;
      if (this.#urgent) this.#flushNow();
      else if (this.#pending.length > 0) this.#o.flushes.schedule(this, this.#windowMs());
    });
  }

  async #commit(firstSeq: number, events: RunEvent[]): Promise<void> {
    const since = this.#o.clock.now();
    while (!this.#stopped) {
      const entry = { epoch: this.#epoch, firstSeq, lastSeq: firstSeq + events.length - 1, events };
      const outcome = await this.#append(entry);
      if (this.#stopped) return;
      if (outcome === 'appended') {
        this.#keep(entry);
        this.#o.onCommitted(entry);
        return;
      }
      await this.#o.recover(outcome, this.#o.clock.now() - since);
      if (outcome === 'fenced' && this.#epoch === entry.epoch) {
        this.stop();
        this.#o.onFenced();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  #keep(entry: LogEntry): void {
    this.#committedSeq = entry.lastSeq;
    this.#text = foldText(entry.events, this.#text);
    for (const event of entry.events) this.#historyBytes += weightOf(event);
    if (this.#historyBytes > keptBytes) this.#history = null;
    else this.#history?.push(entry);
  }

  /** A store that does not answer leaves the outcome unknown; the same batch may be repeated. */
  async #append(entry: LogEntry): Promise<AppendOutcome | 'silent'> {
    try {
      return await this.#log.append(this.#o.runId, entry);
    } catch (error) {
      if (this.#silentEntry !== entry.firstSeq) {
        // One line a batch, not one a repetition: an outage would fill the log.
        this.#silentEntry = entry.firstSeq;
        const facts = { err: error, runId: this.#o.runId };
        this.#o.logger.warn(facts, 'run log did not answer an append; repeating it until it does');
      }
      return 'silent';
    }
  }
}

/** Safe to cast: its number is all that a draft lacks. */
function numbered(draft: Draft, seq: number): RunEvent {
  return { ...draft, seq } as RunEvent;
}
