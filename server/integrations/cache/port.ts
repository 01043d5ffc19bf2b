/**
 * A store for values that can be computed again. Reads fail open: a store that is down, slow (over 100 ms) or
 * holds nonsense answers as a miss. Values are JSON text; the cache above it owns schema, expiry and single flight.
 */
export interface CacheStore {
  readonly kind: 'memory' | 'upstash';
  getMany(keys: readonly string[]): Promise<(string | null)[]>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  delete(keys: readonly string[]): Promise<void>;
}
