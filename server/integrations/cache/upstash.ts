import { createGuard, type Fault, GarbledReply, type GuardOptions, type Outcome } from './guard.ts';
import type { CacheStore } from './port.ts';
import { coalesceReads } from './read-batch.ts';
import { openUpstash, type UpstashAccount } from './upstash-client.ts';

export interface UpstashStoreOptions extends UpstashAccount {
  readonly guard?: GuardOptions;
  /** Told of every command that gave no answer; the caller saw a miss. */
  onFault?(fault: Fault, cause: unknown): void;
}

export interface UpstashStore extends CacheStore {
  readonly kind: 'upstash';
  /** False while the breaker keeps commands from Redis. */
  readonly up: boolean;
}

/** Deletions that did not get through and are still owed; beyond this the oldest are left to their expiry. */
const maxOwed = 10_000;

/**
 * Values in Upstash, or in a Redis behind our bridge. Reads of one tick become one MGET. Never rejects: what fails is a
 * miss and is reported. A deletion that fails is remembered: the key reads as a miss here and is deleted once Redis answers.
 */
export async function createUpstashStore(options: UpstashStoreOptions): Promise<UpstashStore> {
  const deadlineMs = options.guard?.deadlineMs ?? 100;
  const redis = await openUpstash({ ...options, deadlineMs, parseReplies: false });
  const guard = createGuard({ ...options.guard, deadlineMs });
  const owed = new Set<string>();

  const noted = <T>(outcome: Outcome<T>): T | undefined => {
    if (outcome.ok) return outcome.value;
    options.onFault?.(outcome.fault, outcome.cause);
    return undefined;
  };
  const remove = async (keys: readonly string[]): Promise<void> => {
    if (keys.length === 0) return;
    const done = noted(await guard.run(() => redis.del(...keys)));
    for (const key of keys) {
      if (done === undefined) owed.add(key);
      else owed.delete(key);
    }
    for (const key of owed) {
      if (owed.size <= maxOwed) break;
      owed.delete(key);
    }
  };
  const settle = async (): Promise<void> => {
    if (owed.size > 0 && guard.up) await remove([...owed].slice(0, 500));
  };
  const read = coalesceReads(async (keys) => {
    const values = noted(
      await guard.run(async () => listOf(keys.length, await redis.mget<unknown[]>(...keys))),
    );
    if (values === undefined) return keys.map(() => null);
    const answers = keys.map((key, index) => (owed.has(key) ? null : textOf(values[index])));
    void settle();
    return answers;
  });

  return {
    kind: 'upstash',
    get up() {
      return guard.up;
    },
    getMany: (keys) => Promise.all(keys.map(read)),
    async set(key, value, ttlMs) {
      const px = Math.ceil(ttlMs);
      if (px <= 0) return;
      const done = noted(await guard.run(() => redis.set(key, value, { px })));
      if (done !== undefined) owed.delete(key);
    },
    delete: remove,
  };
}

/** The SDK passes on whatever arrives; a string would otherwise be read letter by letter. */
function listOf(length: number, value: unknown): readonly unknown[] {
  if (Array.isArray(value) && value.length === length) return value;
  throw new GarbledReply(`expected a list of ${length}`);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
