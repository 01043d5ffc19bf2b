import { LRUCache } from 'lru-cache';
import { type Clock, systemClock } from '../../core/clock.ts';
import type { CacheStore } from './port.ts';

export interface MemoryStoreOptions {
  readonly maxEntries?: number;
  /** Bytes of keys and values, counted as UTF-16. */
  readonly maxBytes?: number;
  /** Caps every expiry: what another process changed is gone here after this long. Unset where one process serves all. */
  readonly maxTtlMs?: number;
  readonly clock?: Clock;
}

interface Entry {
  readonly value: string;
  readonly until: number;
}

/** The process's own store: the least recently used entries leave when it is full, an entry larger than a sixteenth of it is not taken. */
export function createMemoryStore(options: MemoryStoreOptions = {}): CacheStore {
  const {
    maxEntries = 10_000,
    maxBytes = 32 * 1024 * 1024,
    maxTtlMs = Infinity,
    clock = systemClock,
  } = options;
  const entries = new LRUCache<string, Entry>({
    max: maxEntries,
    maxSize: maxBytes,
    maxEntrySize: Math.floor(maxBytes / 16),
    sizeCalculation: (entry, key) => 2 * (key.length + entry.value.length) + 64,
  });

  const read = (key: string): string | null => {
    const entry = entries.get(key);
    if (entry === undefined) return null;
    if (entry.until > clock.now()) return entry.value;
    entries.delete(key);
    return null;
  };
  return {
    kind: 'memory',
    async getMany(keys) {
      return keys.map(read);
    },
    async set(key, value, ttlMs) {
      if (ttlMs > 0) entries.set(key, { value, until: clock.now() + Math.min(ttlMs, maxTtlMs) });
    },
    async delete(keys) {
      for (const key of keys) entries.delete(key);
    },
  };
}
