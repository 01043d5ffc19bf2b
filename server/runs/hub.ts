import { Failure } from '../core/failure.ts';
import type { PushStream } from '../core/push-stream.ts';
import type { Audience } from './audience.ts';
import { type Cursor, formatCursor, parseCursor } from './cursor.ts';
import type { RunLogs } from './engine-deps.ts';
import { isTerminal } from './events.ts';
import { fixedFeed, RunFeed } from './feed.ts';
import type { LogEntry, RunSignals } from './log.ts';
import { LogPoller, type LogPollerOptions } from './poller.ts';
import type { FollowedItem, FollowedRun } from './service.ts';
import { Tailer } from './tailer.ts';

interface Shared {
  readonly tailer: Tailer;
  readonly ready: Promise<void>;
  readonly unsubscribe: () => void;
  /** Viewers on their way in, who hold the tailer before they watch it. */
  joining: number;
}

type HubAudience = Pick<Audience, 'enter' | 'leave' | 'isWatchedElsewhere'>;

export interface RunHubOptions extends LogPollerOptions {
  readonly logs: RunLogs;
  readonly signals: Pick<RunSignals, 'publish' | 'subscribe'>;
  /** Told which runs have viewers here. */
  readonly audience: HubAudience;
}

/** The readers of a process: one tailer a run, shared by all its viewers, fed by the local producer or by polling. */
export class RunHub {
  readonly #logs: RunLogs;
  readonly #signals: RunHubOptions['signals'];
  readonly #audience: HubAudience;
  readonly #isLocal: (runId: string) => boolean;
  readonly #shared = new Map<string, Shared>();
  readonly #poller: LogPoller;

  constructor(options: RunHubOptions) {
    this.#logs = options.logs;
    this.#audience = options.audience;
    this.#signals = options.signals;
    this.#isLocal = (runId) => options.isLocal(runId);
    this.#poller = new LogPoller(options);
  }

  /** How many runs are followed here. */
  get size(): number {
    return this.#shared.size;
  }

  /** A batch that this process has just committed. Other processes hear of text that they follow, and of every end. */
  publish(runId: string, entry: LogEntry): void {
    const shared = this.#shared.get(runId);
    if (shared !== undefined && !shared.tailer.offer(entry)) this.#poller.hurry(shared.tailer);
    const isEnd = entry.events.some(isTerminal);
    const isAwaited = isEnd || this.#audience.isWatchedElsewhere(runId);
    this.#signals.publish(runId, isAwaited ? 'everywhere' : 'here');
  }

  /** Opens a viewer after `lastEventId`; see `RunService.follow`. */
  async follow(run: FollowedRun, lastEventId: string | null): Promise<PushStream<FollowedItem>> {
    const shared = this.#join(run);
    const { tailer } = shared;
    shared.joining += 1;
    try {
      await shared.ready;
      const isBehind = (run.checkpoint?.seq ?? 0) > tailer.lastSeq;
      if (!tailer.ended && (run.terminal !== null || isBehind || isAhead(tailer, lastEventId))) {
        await this.#readOn(tailer, run.logKind);
      }
    } catch (error) {
      shared.joining -= 1;
      this.#leave(run.runId, shared);
      // The run goes on, perhaps in another log by the time the viewer asks again.
      throw new Failure('server.unavailable', { cause: error, retryAfterMs: 1000 });
    }
    shared.joining -= 1;
    if (run.terminal !== null && tailer.lastSeq < run.terminal.seq - 1) {
      this.#leave(run.runId, shared);
      return this.#withoutLog(run, lastEventId);
    }
    if (run.terminal !== null && !tailer.ended) {
      tailer.offer({
        epoch: run.epoch,
        firstSeq: run.terminal.seq,
        lastSeq: run.terminal.seq,
        events: [run.terminal],
      });
    }
    const { checkpoint } = run;
    if (run.terminal === null && checkpoint !== null && checkpoint.seq > tailer.lastSeq)
      tailer.restart(checkpoint, run.epoch);
    const start = startAfter(tailer, lastEventId);
    return new RunFeed(tailer, start, () => this.#leave(run.runId, shared));
  }

  /** The producer of this process has left the run: whoever ended it may be elsewhere, so the log is read at once. */
  producerLeft(runId: string): void {
    const shared = this.#shared.get(runId);
    if (shared !== undefined && !shared.tailer.ended) this.#poller.hurry(shared.tailer);
  }

  close(): void {
    this.#poller.close();
    for (const shared of this.#shared.values()) shared.unsubscribe();
    this.#shared.clear();
  }

  #join({ runId, logKind, terminal }: FollowedRun): Shared {
    const existing = this.#shared.get(runId);
    if (existing !== undefined) return existing;
    const log = this.#logs.of(logKind);
    const tailer = new Tailer(runId, log);
    const shared: Shared = {
      tailer,
      ready: log.read(runId, 0, Number.MAX_SAFE_INTEGER).then((entries) => {
        for (const entry of entries) tailer.offer(entry);
        if (!tailer.ended) this.#poller.add(tailer);
      }),
      joining: 0,
      unsubscribe: this.#signals.subscribe(runId, () => {
        // The local producer's entries come through `publish`; a read would only fetch them again.
        if (!this.#isLocal(runId)) this.#poller.hurry(tailer);
      }),
    };
    this.#shared.set(runId, shared);
    if (terminal === null) this.#audience.enter(runId);
    return shared;
  }

  /** The run may have gone on, or the viewer read on in another process, since this one looked: look before doubting. */
  async #readOn(tailer: Tailer, logKind: FollowedRun['logKind']): Promise<void> {
    tailer.log = this.#logs.of(logKind);
    const entries = await tailer.log.read(tailer.runId, tailer.lastSeq, Number.MAX_SAFE_INTEGER);
    for (const entry of entries) tailer.offer(entry);
  }

  #leave(runId: string, shared: Shared): void {
    if (shared.tailer.viewers > 0 || shared.joining > 0 || this.#shared.get(runId) !== shared) return;
    this.#shared.delete(runId);
    this.#audience.leave(runId);
    this.#poller.remove(shared.tailer);
    shared.unsubscribe();
  }

  /** The log has expired or was lost, the outcome is stored: a snapshot and the terminal, or nothing for who has both. */
  #withoutLog(run: FollowedRun, lastEventId: string | null): PushStream<FollowedItem> {
    const { terminal } = run;
    if (terminal === null) return fixedFeed([]);
    const cursor = lastEventId === null ? null : parseCursor(lastEventId);
    if (cursor !== null && cursor.seq === terminal.seq && cursor.epoch === run.epoch) return fixedFeed([]);
    const before = terminal.seq - 1;
    return fixedFeed([
      { id: formatCursor(run.epoch, before), data: { type: 'log.reset', seq: before, text: terminal.text } },
      { id: formatCursor(run.epoch, terminal.seq), data: terminal },
    ]);
  }
}

function isAhead(tailer: Tailer, lastEventId: string | null): boolean {
  const cursor = lastEventId === null ? null : parseCursor(lastEventId);
  return cursor !== null && !tailer.ended && (cursor.seq > tailer.lastSeq || cursor.epoch > tailer.epoch);
}

/** A missing id starts at the beginning; one that is not of this log, or from its future, gets a reset. */
function startAfter(tailer: Tailer, lastEventId: string | null): { afterSeq: number; reset: boolean } {
  if (lastEventId === null) return { afterSeq: 0, reset: false };
  const cursor = parseCursor(lastEventId);
  if (
    cursor === null ||
    cursor.seq > tailer.lastSeq ||
    cursor.epoch > tailer.epoch ||
    isOfLost(tailer, cursor)
  ) {
    return { afterSeq: tailer.ended ? tailer.lastSeq - 1 : tailer.lastSeq, reset: true };
  }
  return { afterSeq: cursor.seq, reset: false };
}

/** The viewer saw an event that the log lost before the run ended: its number is the end's now, under a later epoch. */
function isOfLost(tailer: Tailer, cursor: Cursor): boolean {
  const slot = tailer.at(cursor.seq);
  return slot !== undefined && isTerminal(slot.event) && cursor.epoch < slot.epoch;
}
