import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type { CacheStore } from '../integrations/cache/port.ts';
import { type CacheAddress, cacheKey } from './cache-key.ts';
import { type CachedTexts, createCachedTexts } from './cached-text.ts';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { SingleFlight } from './single-flight.ts';

export interface CacheRead<T> extends CacheAddress {
  /** Must accept its own output: it is applied on every way in and out. */
  readonly schema: z.ZodType<T>;
  /** How long the answer is fresh, less up to a tenth of jitter so that entries do not expire together. */
  readonly ttlMs: number;
  /** How long after that it may still be given out while one caller's load renews it in the background. */
  readonly staleMs: number;
  /** Computes the answer; its failure goes to every waiting caller and is not kept. Aborted after `loadTimeoutMs`. */
  load(signal: AbortSignal): Promise<T>;
}

export type CacheEvent =
  | 'hit'
  | 'stale'
  | 'miss'
  | 'load'
  | 'poisoned'
  | 'unstorable'
  | 'refresh-failed'
  | 'store-failed';

/** Answers that can be computed again. Values are frozen, for readers share them; a cache that is down costs loads, never an error. */
export interface Cache {
  get<T>(read: CacheRead<T>): Promise<T>;
  /** Forgets the answer, here at once and in other processes within 1 s; a load that is under way is not kept. */
  drop(address: CacheAddress): Promise<void>;
}

export interface CacheOptions {
  readonly store: CacheStore;
  readonly clock: Clock;
  /** In [0, 1); spreads expiry. */
  readonly random?: () => number;
  readonly loadTimeoutMs?: number;
  onEvent?(event: CacheEvent, procedure: string, cause?: unknown): void;
}

/** After a failed refresh of a stale answer, how long it is given out before the next attempt. */
const refreshPauseMs = 1_000;

/** The cache above a store: keys by tenant, rights, procedure, input and schema version; one load a key at a time; stale while it is renewed. */
export function createCache(options: CacheOptions): Cache {
  return new StoreCache(options, createCachedTexts());
}

class StoreCache implements Cache {
  readonly #options: CacheOptions;
  readonly #texts: CachedTexts;
  readonly #reads = new SingleFlight<unknown>();
  readonly #loads = new SingleFlight<unknown>();
  readonly #writes = new Map<string, Promise<void>>();
  readonly #paused = new LRUCache<string, number>({ max: 1_000 });

  constructor(options: CacheOptions, texts: CachedTexts) {
    this.#options = options;
    this.#texts = texts;
  }

  get<T>(read: CacheRead<T>): Promise<T> {
    const key = cacheKey(read);
    // Safe: the key holds procedure and schema version, which fix the type.
    return this.#reads.join(key, () => this.#find(key, read)) as Promise<T>;
  }

  async drop(address: CacheAddress): Promise<void> {
    const key = cacheKey(address);
    this.#reads.forget(key);
    this.#loads.forget(key);
    await this.#writes.get(key);
    await this.#options.store.delete([key]);
  }

  async #find<T>(key: string, read: CacheRead<T>): Promise<T> {
    const entry = await this.#stored(key, read);
    if (entry === null) {
      this.#note('miss', read);
      return this.#load(key, read);
    }
    const now = this.#options.clock.now();
    if (now < entry.freshUntil) {
      this.#note('hit', read);
      return entry.value;
    }
    if (now >= entry.freshUntil + read.staleMs) {
      this.#note('miss', read);
      return this.#load(key, read);
    }
    this.#note('stale', read);
    this.#refresh(key, read, now);
    return entry.value;
  }

  async #stored<T>(key: string, read: CacheRead<T>) {
    const [text] = await this.#options.store.getMany([key]);
    if (typeof text !== 'string') return null;
    const entry = this.#texts.read(key, read.schema, text);
    if (entry === null) {
      this.#note('poisoned', read);
      await this.#options.store.delete([key]);
    }
    return entry;
  }

  #refresh<T>(key: string, read: CacheRead<T>, now: number): void {
    if ((this.#paused.get(key) ?? 0) > now) return;
    this.#load(key, read).catch((error: unknown) => {
      this.#paused.set(key, this.#options.clock.now() + refreshPauseMs);
      this.#note('refresh-failed', read, error);
    });
  }

  #load<T>(key: string, read: CacheRead<T>): Promise<T> {
    const mine: Promise<unknown> = this.#loads.join(key, async () => {
      this.#note('load', read);
      const value = await withDeadline(this.#options.loadTimeoutMs ?? 10_000, (signal) => read.load(signal));
      // A drop in the meantime has taken this load off the list: its answer may be the old one.
      return this.#loads.isCurrent(key, mine) ? this.#keep(key, read, value) : value;
    });
    return mine as Promise<T>;
  }

  #keep<T>(key: string, read: CacheRead<T>, value: T): T {
    const { clock, random = Math.random, store } = this.#options;
    const freshMs = read.ttlMs * (1 - random() / 10);
    const text = this.#texts.write(read.schema, { freshUntil: clock.now() + freshMs, value });
    if (text === null) {
      this.#note('unstorable', read);
      return value;
    }
    const write: Promise<void> = store
      .set(key, text, freshMs + read.staleMs)
      .catch((error: unknown) => this.#note('store-failed', read, error))
      .finally(() => {
        if (this.#writes.get(key) === write) this.#writes.delete(key);
      });
    this.#writes.set(key, write);
    return this.#texts.read(key, read.schema, text)?.value ?? value;
  }

  #note(event: CacheEvent, read: CacheAddress, cause?: unknown): void {
    this.#options.onEvent?.(event, read.procedure, cause);
  }
}
