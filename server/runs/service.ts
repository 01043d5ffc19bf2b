import type { AppId } from '../core/apps.ts';
import type { PushStream } from '../core/push-stream.ts';
import type { FollowedEvent, TerminalEvent } from './events.ts';
import type { RunLog } from './log.ts';

type RunLogKind = RunLog['kind'];

/** A run whose row is committed and that waits for its producer. */
export interface LaunchedRun {
  readonly orgId: string;
  readonly runId: string;
  readonly conversationId: string;
  readonly ownerId: string;
  readonly agentId: string;
  readonly app: AppId;
  /** Agent seconds left in this session; null is unlimited. */
  readonly limitSeconds: number | null;
  readonly requiredTier: string | null;
}

/** What a reader needs of the run's row besides the log. */
export interface FollowedRun {
  readonly orgId: string;
  readonly runId: string;
  /** Who owns the run, or ended it. */
  readonly epoch: number;
  readonly terminal: TerminalEvent | null;
  readonly logKind: RunLogKind;
  /** The text of a live run at its last checkpoint, for a log that was lost. */
  readonly checkpoint: { readonly seq: number; readonly text: string } | null;
}

/** One item of a followed run: the event and the id to resume after. */
export interface FollowedItem {
  readonly id: string;
  readonly data: FollowedEvent;
}

/** A committed text, and the id of the last event in it to follow on after; null before the first. */
export interface RunSoFar {
  readonly text: string;
  readonly lastEventId: string | null;
}

/** Why and by whom a run is ended from outside its producer. */
export type Ending =
  | { readonly kind: 'cancelled'; readonly by: string; readonly reason: string }
  | { readonly kind: 'time_limit'; readonly limitSeconds: number; readonly requiredTier: string | null }
  | { readonly kind: 'interrupted' };

/** Runs as the modules see them; the engine behind it owns producers, log, leases and tails. */
export interface RunService {
  /** Which log new runs are written to. */
  readonly logKind: RunLogKind;
  /** Under whose claim a new run is stored until its producer takes it. */
  readonly lease: { readonly instanceId: string; readonly ms: number };
  /** False from the moment this process goes down: a start is refused before anything of it is stored. */
  readonly accepting: boolean;
  /** Starts the producer of a committed run in this process; its failures end the run, never the caller. */
  launch(run: LaunchedRun): void;
  /**
   * Ends a run wherever its producer is. Once it resolves no delta can be added by anyone.
   * Resolves the terminal event of a run that had ended already; null when there is no such run.
   */
  end(orgId: string, runId: string, ending: Ending): Promise<TerminalEvent | null>;
  /** The run's events after `lastEventId`, each once and in order, until its terminal event. */
  follow(run: FollowedRun, lastEventId: string | null): Promise<PushStream<FollowedItem>>;
  /** What is committed so far of a run that has not ended, or was at its last checkpoint where the log lost it since. */
  soFar(run: FollowedRun): Promise<RunSoFar>;
  /** Deletes the log of a run that has ended, for an erasure. */
  dropLog(runId: string, logKind: RunLogKind): Promise<void>;
  /** Ends what lost its producer (lease over) and finishes what was settled but not sealed. Resolves how many. */
  reap(): Promise<number>;
}
