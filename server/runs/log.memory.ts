import { type Clock, systemClock } from '../core/clock.ts';
import { isTerminal, weightOf } from './events.ts';
import type { AppendOutcome, LogEntry, LogTail, RunLog } from './log.ts';
import { absentTail, checkEntry, checkEpoch, checkRunId, judgeRefusal } from './log-record.ts';
import { defaultReadLimit, retentionSeconds } from './log-retention.ts';

interface StoredLog {
  epoch: number;
  lastSeq: number;
  ended: boolean;
  bytes: number;
  readonly expiresAt: number;
  readonly batches: LogEntry[];
}

export interface MemoryRunLogOptions {
  readonly clock?: Clock;
  /** What all logs together may take; default 256 MiB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 256 * 1024 * 1024;

/**
 * A log inside this process, gone with it: for unit tests and for measuring the path around a log. Where all logs
 * together take too much the oldest are lost whole, as in a Redis that evicts.
 */
export function createMemoryRunLog(options: MemoryRunLogOptions = {}): RunLog {
  return new MemoryRunLog(options.clock ?? systemClock, options.maxBytes ?? MAX_BYTES);
}

class MemoryRunLog implements RunLog {
  readonly kind = 'memory';
  readonly #clock: Clock;
  /** In order of creation, so the first ones expire first. */
  readonly #logs = new Map<string, StoredLog>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(clock: Clock, maxBytes: number) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  async takeover(
    runId: string,
    epoch: number,
    options: { readonly create: boolean },
  ): Promise<LogTail | 'fenced'> {
    this.#expire();
    checkEpoch(epoch);
    let log = this.#logs.get(checkRunId(runId));
    if (log === undefined) {
      if (!options.create) return absentTail;
      const expiresAt = this.#clock.now() + retentionSeconds * 1000;
      log = { epoch, lastSeq: 0, ended: false, bytes: 0, expiresAt, batches: [] };
      this.#logs.set(runId, log);
    }
    if (log.epoch > epoch) return 'fenced';
    log.epoch = epoch;
    return tailOf(log);
  }

  async append(runId: string, entry: LogEntry): Promise<AppendOutcome> {
    this.#expire();
    checkEntry(runId, entry);
    const log = this.#logs.get(runId);
    if (log !== undefined && log.epoch === entry.epoch && !log.ended && log.lastSeq === entry.firstSeq - 1) {
      log.batches.push(entry);
      log.lastSeq = entry.lastSeq;
      log.ended = entry.events.some(isTerminal);
      this.#weigh(log, entry);
      return 'appended';
    }
    const stored = log?.batches.find((batch) => batch.lastSeq === entry.lastSeq);
    return judgeRefusal(entry, tailOf(log), stored !== undefined && isSameEntry(stored, entry));
  }

  async read(runId: string, afterSeq: number, limit = defaultReadLimit): Promise<LogEntry[]> {
    this.#expire();
    const batches = this.#logs.get(runId)?.batches ?? [];
    let start = batches.length;
    while (start > 0 && (batches[start - 1]?.lastSeq ?? 0) > afterSeq) start -= 1;
    return batches.slice(start, start + limit);
  }

  readMany(
    requests: readonly { readonly runId: string; readonly afterSeq: number }[],
  ): Promise<LogEntry[][]> {
    return Promise.all(requests.map(({ runId, afterSeq }) => this.read(runId, afterSeq)));
  }

  async tail(runId: string): Promise<LogTail> {
    this.#expire();
    return tailOf(this.#logs.get(runId));
  }

  async audit(runId: string, expectedLastSeq: number): Promise<boolean> {
    this.#expire();
    return (this.#logs.get(runId)?.lastSeq ?? 0) >= expectedLastSeq;
  }

  async drop(runId: string): Promise<void> {
    this.#bytes -= this.#logs.get(runId)?.bytes ?? 0;
    this.#logs.delete(runId);
  }

  #weigh(log: StoredLog, entry: LogEntry): void {
    for (const event of entry.events) {
      log.bytes += weightOf(event);
      this.#bytes += weightOf(event);
    }
  }

  /** Takes away what is too old, and the oldest of what is too much. */
  #expire(): void {
    const now = this.#clock.now();
    for (const [runId, log] of this.#logs) {
      if (log.expiresAt > now && this.#bytes <= this.#maxBytes) return;
      this.#logs.delete(runId);
      this.#bytes -= log.bytes;
    }
  }
}

function tailOf(log: StoredLog | undefined): LogTail {
  if (log === undefined) return absentTail;
  return { exists: true, epoch: log.epoch, lastSeq: log.lastSeq, ended: log.ended };
}

function isSameEntry(one: LogEntry, other: LogEntry): boolean {
  return one.epoch === other.epoch && JSON.stringify(one.events) === JSON.stringify(other.events);
}
