import { randomBytes } from 'node:crypto';
import type { Database } from '../../db/client.ts';
import { storeDeadlineMs, withDeadline } from './deadline.ts';
import type { RunSignals } from './log.ts';
import { checkRunId } from './log-record.ts';
import { fromPayload, toPayloads } from './signal-payload.ts';

export interface RunSignalsOptions {
  /** Carries the hints to other processes; null keeps them in this one. */
  readonly database: Pick<Database, 'main' | 'direct'> | null;
  /** Told when a hint could not be sent or heard; readers then learn by polling. */
  onNote?(text: string, error: unknown): void;
}

export interface OpenRunSignals extends RunSignals {
  /** Resolves when hints of other processes are heard; rejects when listening failed at first (it goes on trying). */
  readonly listening: Promise<void>;
  /** How many runs have subscribers here. */
  readonly size: number;
  close(): Promise<void>;
}

const CHANNEL = 'run_signals';
/** At most one statement per process in this time, because each commit with a NOTIFY waits for all others. */
const NOTIFY_EVERY_MS = 20;

/** Wakes subscribers of this process at the end of the tick, those of others by NOTIFY, each at most once for many publishes. */
export function createRunSignals(options: RunSignalsOptions): OpenRunSignals {
  return new Signals(options);
}

class Signals implements OpenRunSignals {
  readonly listening: Promise<void>;
  readonly #options: RunSignalsOptions;
  readonly #sender = randomBytes(8).toString('hex');
  readonly #subscribers = new Map<string, Set<() => void>>();
  #here = new Set<string>();
  #elsewhere = new Set<string>();
  #followed = new Set<string>();
  readonly #onNews = new Set<(runId: string) => void>();
  readonly #onAnnounced = new Set<(runId: string) => void>();
  #sentAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;
  #unlisten: (() => Promise<void>) | null = null;
  #closed = false;

  constructor(options: RunSignalsOptions) {
    this.#options = options;
    this.listening = this.#listen();
    this.listening.catch((error: unknown) => this.#note('not listening for run signals', error));
  }

  get size(): number {
    return this.#subscribers.size;
  }

  publish(runId: string, reach: 'here' | 'everywhere' = 'everywhere'): void {
    checkRunId(runId);
    if (this.#closed) return;
    if (this.#here.size === 0) queueMicrotask(() => this.#wakeHere());
    this.#here.add(runId);
    if (reach === 'here' || this.#options.database === null) return;
    this.#elsewhere.add(runId);
    this.#planNotify();
  }

  subscribe(runId: string, wake: () => void): () => void {
    const wakes = this.#subscribers.get(runId) ?? new Set();
    this.#subscribers.set(runId, wakes);
    // A function of its own: the same `wake` may be subscribed twice.
    const own = () => wake();
    wakes.add(own);
    return () => {
      wakes.delete(own);
      if (wakes.size === 0 && this.#subscribers.get(runId) === wakes) this.#subscribers.delete(runId);
    };
  }

  announce(runIds: readonly string[]): void {
    if (this.#closed || this.#options.database === null) return;
    for (const runId of runIds) this.#followed.add(checkRunId(runId));
    this.#planNotify();
  }

  onNews(listener: (runId: string) => void): () => void {
    return listenerOf(this.#onNews, listener);
  }

  onAnnounced(listener: (runId: string) => void): () => void {
    return listenerOf(this.#onAnnounced, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#subscribers.clear();
    this.#onNews.clear();
    this.#onAnnounced.clear();
    await this.#sending;
    await this.listening.catch(() => {}); // already reported
    await this.#unlisten?.();
  }

  #wakeHere(): void {
    const runIds = this.#here;
    this.#here = new Set();
    for (const runId of runIds) this.#wake(runId);
  }

  #wake(runId: string): void {
    for (const wake of [...(this.#subscribers.get(runId) ?? [])]) wake();
  }

  #planNotify(): void {
    if (this.#timer !== null || this.#sending !== null || this.#closed) return;
    const wait = Math.max(0, this.#sentAt + NOTIFY_EVERY_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#sending = this.#notify().finally(() => {
        this.#sending = null;
        if (this.#elsewhere.size + this.#followed.size > 0) this.#planNotify();
      });
    }, wait);
  }

  async #notify(): Promise<void> {
    const { database } = this.#options;
    if (database === null) return;
    const payloads = toPayloads(this.#sender, { news: this.#elsewhere, followed: this.#followed });
    this.#elsewhere = new Set();
    this.#followed = new Set();
    this.#sentAt = performance.now();
    // Ids were checked, so the text is safe; without parameters it is one round trip behind a pooler too.
    const text = `select pg_notify('${CHANNEL}', p) from string_to_array('${payloads.join('|')}', '|') a, unnest(a) p`;
    try {
      await withDeadline(database.main.unsafe(text), 'postgres', storeDeadlineMs);
    } catch (error) {
      this.#note('a run signal was not sent', error);
    }
  }

  async #listen(): Promise<void> {
    const { database } = this.#options;
    if (database === null) return;
    const heard = (payload: string) => {
      const { sender, news, followed } = fromPayload(payload);
      if (sender === this.#sender || this.#closed) return;
      for (const runId of news) {
        this.#wake(runId);
        for (const listener of [...this.#onNews]) listener(runId);
      }
      for (const runId of followed) for (const listener of [...this.#onAnnounced]) listener(runId);
    };
    // Called again after each lost connection: what was published meanwhile went unheard.
    const connected = () => {
      for (const runId of [...this.#subscribers.keys()]) this.#wake(runId);
    };
    const { unlisten } = await database.direct.listen(CHANNEL, heard, connected);
    this.#unlisten = unlisten;
  }

  #note(text: string, error: unknown): void {
    this.#options.onNote?.(text, error);
  }
}

type Listener = (runId: string) => void;

/** Adds a function of its own: the same `listener` may be added twice. Returns how to take it away. */
function listenerOf(listeners: Set<Listener>, listener: Listener): () => void {
  const own: Listener = (runId) => listener(runId);
  listeners.add(own);
  return () => {
    listeners.delete(own);
  };
}
