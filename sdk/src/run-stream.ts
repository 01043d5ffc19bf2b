import type { Run } from '../contract/types.ts';
import { type RepSpheresError, sdkError } from './errors.ts';
import { EventQueue } from './event-queue.ts';
import { joinedText, type RunStreamEvent } from './run-events.ts';
import { RunFold } from './run-fold.ts';
import { type RunResult, resultOf, resultOfRun } from './run-result.ts';
import { type Settlement, settlement } from './settlement.ts';
import type { SubscriptionSink } from './subscription-sink.ts';
import { backoffMs } from './timing.ts';

/** Which run a stream belongs to. The last two are null for a run that was started elsewhere. */
export interface AcceptedRun {
  readonly runId: string;
  readonly conversationId: string | null;
  readonly userMessageId: string | null;
}

/** What a run stream reads from. */
export interface RunFeed {
  reopen(delayMs?: number): void;
  close(): void;
}

export interface RunStreamParts {
  /** The run, where it is known before the first event. */
  readonly runId?: string;
  readonly lastEventId?: string;
  readonly text?: string;
  readonly signal?: AbortSignal;
  open(sink: SubscriptionSink): RunFeed;
  cancel(runId: string | undefined): Promise<void>;
  /** The run as `runs.get` has it. */
  state(runId: string): Promise<Run>;
}

/** Repairs of one hole before the stream is given up. */
const maxRefills = 6;
const refillBounds = { baseMs: 200, capMs: 3_000 };
/** Unread events from which on neighbouring text is joined, so that a reader who sleeps costs only the text. */
const mergeFrom = 200;

/**
 * The events of one run, each once and in order, over however many connections it takes. Iterate it, or only await
 * `finished`. Leaving the loop stops following; it does not cancel the run.
 */
export class RunStream implements AsyncIterable<RunStreamEvent> {
  readonly #parts: RunStreamParts;
  readonly #fold: RunFold;
  readonly #queue: EventQueue<RunStreamEvent>;
  readonly #finished: Settlement<RunResult> = settlement();
  readonly #accepted: Settlement<AcceptedRun> = settlement();
  readonly #stop = () => this.#fail(sdkError('sdk.aborted', { cause: this.#parts.signal?.reason }));
  #feed: RunFeed | undefined;
  #runId: string | undefined;
  #refills = 0;
  #isOver = false;
  /** Something came since the stream was opened last. */
  #hasNews = false;

  constructor(parts: RunStreamParts) {
    this.#parts = parts;
    this.#fold = new RunFold(parts.lastEventId, parts.text);
    this.#queue = new EventQueue({ mergeFrom, merge: joinedText, onReturn: this.#stop });
    if (parts.runId !== undefined)
      this.#accept({ runId: parts.runId, conversationId: null, userMessageId: null });
    if (parts.signal?.aborted) this.#stop();
    else this.#open();
  }

  /** How the run ended. Rejects only when following it became impossible; a run that failed is a result. */
  get finished(): Promise<RunResult> {
    return this.#finished.promise;
  }

  /** Resolves once the server has accepted the run. */
  get accepted(): Promise<AcceptedRun> {
    return this.#accepted.promise;
  }

  /** Undefined until the server has accepted the run. */
  get runId(): string | undefined {
    return this.#runId;
  }

  /** Where `runs.follow` continues after a reload; keep it together with `text()`. */
  get lastEventId(): string | undefined {
    return this.#fold.lastEventId;
  }

  /** The answer as it stands now. */
  text(): string {
    return this.#fold.text;
  }

  /** Cancels the run for everybody who follows it. The stream goes on to its `run.cancelled`. */
  cancel(): Promise<void> {
    return this.#parts.cancel(this.#runId);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<RunStreamEvent> {
    return this.#queue;
  }

  #open(): void {
    this.#parts.signal?.addEventListener('abort', this.#stop);
    this.#feed = this.#parts.open({
      data: (item, id) => this.#take(item as { readonly type: string }, id),
      complete: () => this.#completed(),
      failed: (error) => this.#fail(error),
      cursor: () => this.#fold.lastEventId,
    });
    if (this.#isOver) this.#feed.close();
  }

  /** The server has nothing more to send: a place to go on from, unless nothing is left after what the reader has. */
  #completed(): 'done' | 'reopen' {
    if (this.#isOver) return 'done';
    if (!this.#hasNews && this.#runId !== undefined) void this.#askForEnd(this.#runId);
    this.#hasNews = false;
    return 'reopen';
  }

  /** After a reload the reader may stand at the end already, and then no event says so. */
  async #askForEnd(runId: string): Promise<void> {
    try {
      const run = await this.#parts.state(runId);
      const result = run.lastEventId === this.#fold.lastEventId ? resultOfRun(run) : null;
      if (result === null || this.#isOver) return;
      this.#fold.endWith(result.text);
      this.#end(result);
    } catch {
      // Not known this time; the stream that is opened again says what is wrong, or completes and asks again.
    }
  }

  #take(item: { readonly type: string }, id: string | undefined): void {
    if (this.#isOver) return;
    this.#hasNews = true;
    if (item.type === 'run.accepted') this.#accept(item as unknown as AcceptedRun);
    else this.#read(item as RunStreamEvent, id);
  }

  #read(event: RunStreamEvent, id: string | undefined): void {
    const verdict = this.#fold.take(id, event);
    if (verdict === 'refill') this.#refill();
    if (verdict !== 'emit') return;
    this.#refills = 0;
    this.#queue.push(event);
    const { terminal } = this.#fold;
    if (terminal) this.#end(resultOf(terminal));
  }

  #end(result: RunResult): void {
    this.#leave();
    this.#queue.end();
    this.#finished.resolve(result);
  }

  #accept({ runId, conversationId, userMessageId }: AcceptedRun): void {
    this.#runId = runId;
    this.#accepted.resolve({ runId, conversationId, userMessageId });
  }

  /** An event is missing before the one that came: read again from the last one taken. */
  #refill(): void {
    this.#refills += 1;
    if (this.#refills > maxRefills) this.#fail(sdkError('sdk.stream-broken', { path: 'runs.follow' }));
    else this.#feed?.reopen(this.#refills === 1 ? 0 : backoffMs(this.#refills, refillBounds));
  }

  #fail(error: RepSpheresError): void {
    if (this.#isOver) return;
    this.#leave();
    this.#queue.end(error);
    this.#accepted.reject(error);
    this.#finished.reject(error);
  }

  #leave(): void {
    this.#isOver = true;
    this.#parts.signal?.removeEventListener('abort', this.#stop);
    this.#feed?.close();
  }
}
