import type { RunEvent } from './events.ts';

/** One committed batch: the events numbered `firstSeq`..`lastSeq`, written under `epoch`. */
export interface LogEntry {
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly events: readonly RunEvent[];
}

/** Where a log ends. `ended` is true once a terminal event is committed. `exists` is false before the first takeover and after expiry. */
export interface LogTail {
  readonly exists: boolean;
  readonly epoch: number;
  readonly lastSeq: number;
  readonly ended: boolean;
}

/** `appended`: durable (also when it was our own retry). `fenced`: a higher epoch owns the log. `lost`: the log is gone or has a gap before this batch. */
export type AppendOutcome = 'appended' | 'fenced' | 'lost';

/**
 * The log of a run: immutable, gapless, one terminal event, fenced by epoch.
 * Epochs come from Postgres and are unique and growing; a log only compares them.
 * A call rejects (and nothing is known of its effect) when the store does not answer within its deadline;
 * every call may be repeated with the same arguments.
 */
export interface RunLog {
  readonly kind: 'postgres' | 'redis' | 'memory';
  /**
   * The only control operation. Writes the marker of `epoch`, then reads the tail: once it resolves, no batch of a
   * lower epoch can land, however late. Resolves 'fenced' when the log already has this or a higher epoch
   * (the caller's own earlier marker excepted: repeating it resolves the tail). `create` allows the first marker;
   * without it a log that is gone stays gone and the tail says `exists: false`.
   */
  takeover(runId: string, epoch: number, options: { readonly create: boolean }): Promise<LogTail | 'fenced'>;
  /** Commits one batch directly after the tail. Appends of all runs within one tick go out as one statement or request. */
  append(runId: string, entry: LogEntry): Promise<AppendOutcome>;
  /** Batches holding events after `afterSeq`, in order, at most `limit` batches (default 1,000). A batch that straddles `afterSeq` is returned whole. */
  read(runId: string, afterSeq: number, limit?: number): Promise<LogEntry[]>;
  /** `read` for many runs in one round trip; the answer keeps the order of the request. */
  readMany(requests: readonly { readonly runId: string; readonly afterSeq: number }[]): Promise<LogEntry[][]>;
  tail(runId: string): Promise<LogTail>;
  /** Whether the log still holds every event up to `expectedLastSeq` (detects a lost tail). */
  audit(runId: string, expectedLastSeq: number): Promise<boolean>;
  /** Deletes the log at once (erasure); expiry after 24 h is the store's own work. */
  drop(runId: string): Promise<void>;
}

/** Tells readers in this and other processes that a run has new entries, and producers that it is followed; hints, never the only way to learn of it. */
export interface RunSignals {
  /** `here` wakes only this process: nobody else is known to follow the run. */
  publish(runId: string, reach?: 'here' | 'everywhere'): void;
  subscribe(runId: string, wake: () => void): () => void;
  /** Tells other processes that these runs are followed here. */
  announce(runIds: readonly string[]): void;
  /** Calls `listener` for each run of which another process has news, until the function it returns is called. */
  onNews(listener: (runId: string) => void): () => void;
  /** Calls `listener` for each run that another process says it follows, until the function it returns is called. */
  onAnnounced(listener: (runId: string) => void): () => void;
}
