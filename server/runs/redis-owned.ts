import { LRUCache } from 'lru-cache';
import type { LogTail } from './log.ts';
import type { LogRecord } from './log-record.ts';

interface Owned {
  readonly epoch: number;
  lastSeq: number;
  ended: boolean;
  /** How many entries the stream has, markers included, as far as this process knows. */
  entries: number;
  /** The batch whose request failed: it may have landed, or may still land. */
  doubt: { readonly firstSeq: number; readonly lastSeq: number } | null;
}

/** Twice the runs one process is built for; a forgotten one only loses its early check. */
const MAX_OWNED = 20_000;

/**
 * What this process knows of the logs it has taken over. XADD compares ids, not ranges: a batch after a gap, or another
 * batch in the place of one that is in doubt, would be accepted. This refuses both before they are sent.
 */
export class OwnedLogs {
  readonly #owned = new LRUCache<string, Owned>({ max: MAX_OWNED });

  taken(runId: string, tail: LogTail, entries: number): void {
    const { epoch, lastSeq, ended } = tail;
    this.#owned.set(runId, { epoch, lastSeq, ended, entries, doubt: null });
  }

  forget(runId: string): void {
    this.#owned.delete(runId);
  }

  /** Why this batch must not be sent, or null. A batch that was acknowledged before may be sent again. */
  refusal(record: LogRecord): 'lost' | 'fenced' | null {
    const owned = this.#of(record);
    if (owned === undefined) return null;
    if (owned.ended && record.lastSeq > owned.lastSeq) return 'fenced';
    if (record.firstSeq > owned.lastSeq + 1) return 'lost';
    const { doubt } = owned;
    const isRival = doubt !== null && record.firstSeq > owned.lastSeq && record.lastSeq !== doubt.lastSeq;
    return isRival ? 'lost' : null;
  }

  acknowledged(record: LogRecord): void {
    const owned = this.#of(record);
    if (owned === undefined || record.lastSeq <= owned.lastSeq) return;
    owned.lastSeq = record.lastSeq;
    owned.ended = record.ends;
    owned.entries += 1;
    owned.doubt = null;
  }

  doubted(record: LogRecord): void {
    const owned = this.#of(record);
    if (owned === undefined || record.lastSeq <= owned.lastSeq) return;
    owned.doubt = { firstSeq: record.firstSeq, lastSeq: record.lastSeq };
  }

  /** The number of entries the stream must have when nothing was lost; undefined for a log of another process. */
  expectedEntries(runId: string, lastSeq: number): number | undefined {
    const owned = this.#owned.get(runId);
    return owned !== undefined && owned.doubt === null && owned.lastSeq === lastSeq
      ? owned.entries
      : undefined;
  }

  #of(record: LogRecord): Owned | undefined {
    const owned = this.#owned.get(record.runId);
    return owned?.epoch === record.epoch ? owned : undefined;
  }
}
