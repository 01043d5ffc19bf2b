import type { Database } from '../../db/client.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/observe.ts';
import type { LogEntry, RunLog } from './log.ts';

/** The logs of this process by kind. New runs go to `primary`; a run whose log falls silent moves to `fallback`. */
export interface RunLogs {
  readonly primary: RunLog;
  readonly fallback: RunLog | null;
  /** Never fails: a log that is not configured here is as one that was lost. */
  of(kind: RunLog['kind']): RunLog;
}

/** What the parts of the run engine share. */
export interface EngineDeps {
  readonly database: Database;
  readonly logs: RunLogs;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A terminal event is in the log: tell the viewers, give up the lease. */
  onSealed(runId: string, entry: LogEntry): void;
}
