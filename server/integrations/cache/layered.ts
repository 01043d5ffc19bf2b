import type { CacheStore } from './port.ts';

export interface LayeredStoreOptions {
  /** Memory of this process. */
  readonly near: CacheStore;
  /** Shared by all processes. */
  readonly far: CacheStore;
  /** How long a near copy may outlive a deletion by another process. Source: scalability requirements S44-S46, 1 s. */
  readonly nearMs?: number;
}

/** The near store before the far one. What another process deletes is gone here after `nearMs` at the latest. */
export function createLayeredStore({ near, far, nearMs = 750 }: LayeredStoreOptions): CacheStore {
  return {
    kind: far.kind,
    async getMany(keys) {
      const values = await near.getMany(keys);
      const absent = keys.filter((_key, index) => values[index] === null);
      if (absent.length === 0) return values;
      const found = new Map<string, string>();
      const farValues = await far.getMany(absent);
      for (const [index, key] of absent.entries()) {
        const value = farValues[index];
        if (typeof value !== 'string') continue;
        found.set(key, value);
        await near.set(key, value, nearMs);
      }
      return keys.map((key, index) => values[index] ?? found.get(key) ?? null);
    },
    async set(key, value, ttlMs) {
      await Promise.all([near.set(key, value, Math.min(ttlMs, nearMs)), far.set(key, value, ttlMs)]);
    },
    async delete(keys) {
      await Promise.all([near.delete(keys), far.delete(keys)]);
    },
  };
}
