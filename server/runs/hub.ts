import type { PushStream } from '../core/push-stream.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import type { RunLogs } from './engine-deps.ts';
import { fixedFeed, RunFeed } from './feed.ts';
import type { LogEntry, RunSignals } from './log.ts';
import { LogPoller, type LogPollerOptions } from './poller.ts';
import type { FollowedItem, FollowedRun } from './service.ts';
import { Tailer } from './tailer.ts';

interface Shared {
  readonly tailer: Tailer;
  readonly ready: Promise<void>;
  readonly unsubscribe: () => void;
}

/** The readers of a process: one tailer a run, shared by all its viewers, fed by the local producer or by polling. */
export class RunHub {
  readonly #logs: RunLogs;
  readonly #signals: RunSignals;
  readonly #isLocal: (runId: string) => boolean;
  readonly #shared = new Map<string, Shared>();
  readonly #poller: LogPoller;

  constructor(options: LogPollerOptions & { readonly logs: RunLogs; readonly signals: RunSignals }) {
    this.#logs = options.logs;
    this.#signals = options.signals;
    this.#isLocal = (runId) => options.isLocal(runId);
    this.#poller = new LogPoller(options);
  }

  /** How many runs are followed here. */
  get size(): number {
    return this.#shared.size;
  }

  /** A batch that the local producer has just committed. */
  publish(runId: string, entry: LogEntry): void {
    const shared = this.#shared.get(runId);
    if (shared !== undefined && !shared.tailer.offer(entry)) this.#poller.hurry(shared.tailer);
    this.#signals.publish(runId);
  }

  /** Opens a viewer after `lastEventId`; see `RunService.follow`. */
  async follow(run: FollowedRun, lastEventId: string | null): Promise<PushStream<FollowedItem>> {
    const shared = this.#join(run);
    await shared.ready.catch(async (error: unknown) => {
      this.#leave(run.runId, shared);
      throw error;
    });
    const { tailer } = shared;
    if (run.terminal !== null && tailer.lastSeq < run.terminal.seq - 1) {
      this.#leave(run.runId, shared);
      return this.#withoutLog(run, lastEventId);
    }
    if (run.terminal !== null && !tailer.ended) {
      tailer.offer({
        epoch: tailer.epoch,
        firstSeq: run.terminal.seq,
        lastSeq: run.terminal.seq,
        events: [run.terminal],
      });
    }
    const start = startAfter(tailer, lastEventId);
    return new RunFeed(tailer, start, () => this.#leave(run.runId, shared));
  }

  close(): void {
    this.#poller.close();
    for (const shared of this.#shared.values()) shared.unsubscribe();
    this.#shared.clear();
  }

  #join({ runId, logKind }: FollowedRun): Shared {
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
      unsubscribe: this.#signals.subscribe(runId, () => {
        // The local producer's entries come through `publish`; a read would only fetch them again.
        if (!this.#isLocal(runId)) this.#poller.hurry(tailer);
      }),
    };
    this.#shared.set(runId, shared);
    return shared;
  }

  #leave(runId: string, shared: Shared): void {
    if (shared.tailer.viewers > 0 || this.#shared.get(runId) !== shared) return;
    this.#shared.delete(runId);
    this.#poller.remove(shared.tailer);
    shared.unsubscribe();
  }

  /** The log has expired or was lost, the outcome is stored: a snapshot and the terminal, or nothing for who has both. */
  #withoutLog(run: FollowedRun, lastEventId: string | null): PushStream<FollowedItem> {
    const { terminal } = run;
    if (terminal === null) return fixedFeed([]);
    const cursor = lastEventId === null ? null : parseCursor(lastEventId);
    if (cursor !== null && cursor.seq === terminal.seq) return fixedFeed([]);
    const before = terminal.seq - 1;
    return fixedFeed([
      { id: formatCursor(0, before), data: { type: 'log.reset', seq: before, text: terminal.text } },
      { id: formatCursor(0, terminal.seq), data: terminal },
    ]);
  }
}

/** A missing id starts at the beginning; one that is not of this log, or from its future, gets a reset. */
function startAfter(tailer: Tailer, lastEventId: string | null): { afterSeq: number; reset: boolean } {
  if (lastEventId === null) return { afterSeq: 0, reset: false };
  const cursor = parseCursor(lastEventId);
  if (cursor === null || cursor.seq > tailer.lastSeq || cursor.epoch > tailer.epoch) {
    return { afterSeq: tailer.ended ? tailer.lastSeq - 1 : tailer.lastSeq, reset: true };
  }
  return { afterSeq: cursor.seq, reset: false };
}
