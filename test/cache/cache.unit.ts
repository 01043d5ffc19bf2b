import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type CacheEvent, type CacheRead, createCache } from '../../server/core/cache.ts';
import { cacheKey, publicScope } from '../../server/core/cache-key.ts';
import { createMemoryStore } from '../../server/integrations/cache/memory.ts';
import type { CacheStore } from '../../server/integrations/cache/port.ts';

const Answer = z.object({ n: z.number() });

function setUp(over: { store?: CacheStore; random?: () => number; loadTimeoutMs?: number } = {}) {
  const time = { now: 1_000_000 };
  const clock = { now: () => time.now };
  const events: CacheEvent[] = [];
  const store = over.store ?? createMemoryStore({ clock });
  const cache = createCache({
    random: () => 0,
    ...over,
    store,
    clock,
    onEvent: (event) => events.push(event),
  });
  let loads = 0;
  const read = (
    more: Partial<CacheRead<z.output<typeof Answer>>> = {},
  ): CacheRead<z.output<typeof Answer>> => ({
    scope: publicScope,
    procedure: 'agents.list',
    input: { app: 'crm' },
    version: 1,
    schema: Answer,
    ttlMs: 1_000,
    staleMs: 0,
    async load() {
      loads += 1;
      const n = loads;
      await sleep(5);
      return { n };
    },
    ...more,
  });
  return { time, events, store, cache, read, loads: () => loads };
}

describe('the cache', () => {
  it('loads once for a thousand simultaneous misses', async () => {
    const { cache, read, loads } = setUp();
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => cache.get(read())));
    expect(loads()).toBe(1);
    expect(new Set(answers)).toEqual(new Set([{ n: 1 }]));
  });

  it('loads at most once more when a hot key expires under 5,000 readers', async () => {
    const { cache, read, loads, time } = setUp();
    await cache.get(read());
    const readers = Array.from({ length: 5_000 }, async (_, reader) => {
      await sleep(reader % 20);
      if (reader === 2_500) time.now += 1_001;
      return cache.get(read());
    });
    await Promise.all(readers);
    expect(loads()).toBe(2);
  });

  it('gives the stale answer at once, renews it once, and waits only when it is too old', async () => {
    const { cache, read, loads, time, events } = setUp();
    const stale = { staleMs: 5_000 };
    await cache.get(read(stale));
    time.now += 3_000;
    expect(await Promise.all([cache.get(read(stale)), cache.get(read(stale))])).toEqual([{ n: 1 }, { n: 1 }]);
    await expect.poll(loads).toBe(2);
    await sleep(10);
    expect(await cache.get(read(stale))).toEqual({ n: 2 });
    time.now += 6_001;
    expect(await cache.get(read(stale))).toEqual({ n: 3 });
    expect(events.filter((event) => event === 'load')).toHaveLength(3);
  });

  it('keeps giving the stale answer while renewing fails, with a pause between attempts', async () => {
    const { cache, read, time, events } = setUp();
    await cache.get(read({ staleMs: 60_000 }));
    time.now += 2_000;
    const broken = read({ staleMs: 60_000, load: () => Promise.reject(new Error('upstream')) });
    for (let round = 0; round < 5; round += 1) {
      expect(await cache.get(broken)).toEqual({ n: 1 });
      await sleep(2);
    }
    expect(events.filter((event) => event === 'refresh-failed')).toHaveLength(1);
    time.now += 1_001;
    await cache.get(broken);
    await expect.poll(() => events.filter((event) => event === 'refresh-failed').length).toBe(2);
  });

  it('gives a failed load to everyone who waits and keeps nothing of it', async () => {
    const { cache, read, loads } = setUp();
    const broken = read({ load: () => Promise.reject(new Error('upstream')) });
    const settled = await Promise.allSettled([cache.get(broken), cache.get(broken)]);
    expect(settled.map((one) => one.status)).toEqual(['rejected', 'rejected']);
    expect(await cache.get(read())).toEqual({ n: 1 });
    expect(loads()).toBe(1);
  });

  it('ends a load that ignores its deadline with a typed failure', async () => {
    const { cache, read } = setUp({ loadTimeoutMs: 20 });
    let aborted = false;
    const hung = read({
      load: (signal) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
    });
    await expect(cache.get(hung)).rejects.toMatchObject({ code: 'request.timeout' });
    expect(aborted).toBe(true);
    expect(await cache.get(read())).toEqual({ n: 1 });
  });

  it('does not keep a load that was under way when the answer was dropped', async () => {
    const { cache, read, loads } = setUp();
    const early = cache.get(read());
    await sleep(1);
    await cache.drop(read());
    expect(await early).toEqual({ n: 1 });
    expect(await cache.get(read())).toEqual({ n: 2 });
    await cache.drop(read());
    expect(await cache.get(read())).toEqual({ n: 3 });
    expect(loads()).toBe(3);
  });

  it.each([
    ['truncated text', '{"freshUntil":9999999999999,"value":{"n":'],
    ['another schema', '{"freshUntil":9999999999999,"value":{"m":1}}'],
    ['no envelope', '"x"'],
    ['nothing', ''],
    ['binary', '\u0000\uFFFD\u0001'],
  ])('treats %s as a miss, deletes it and counts it', async (_what, poison) => {
    const { cache, read, store, events } = setUp();
    await store.set(cacheKey(read()), poison, 60_000);
    expect(await cache.get(read())).toEqual({ n: 1 });
    expect(events).toEqual(['poisoned', 'miss', 'load']);
  });

  it('does not find entries of an older schema version', async () => {
    const { cache, read } = setUp();
    expect(await cache.get(read())).toEqual({ n: 1 });
    expect(await cache.get(read({ version: 2 }))).toEqual({ n: 2 });
  });

  it('gives out an answer that does not survive JSON, but does not keep it', async () => {
    const { cache, read, events } = setUp();
    const odd = read({ load: async () => ({ n: Number.NaN }) });
    expect(await cache.get(odd)).toEqual({ n: Number.NaN });
    expect(events).toContain('unstorable');
    expect(await cache.get(read())).toEqual({ n: 1 });
  });

  it('shortens lifetimes by up to a tenth, so that entries do not expire together', async () => {
    const lifetimes = new Set<number>();
    for (const random of [0, 0.5, 0.999]) {
      const written: number[] = [];
      const store: CacheStore = {
        kind: 'memory',
        getMany: async (keys) => keys.map(() => null),
        set: async (_key, _value, ttlMs) => void written.push(ttlMs),
        delete: async () => {},
      };
      const { cache, read } = setUp({ store, random: () => random });
      await cache.get(read());
      lifetimes.add(Math.round(written[0] ?? 0));
    }
    expect([...lifetimes]).toEqual([1_000, 950, 900]);
  });

  it('survives a store that breaks its promise not to reject on writes', async () => {
    const store: CacheStore = {
      kind: 'memory',
      getMany: async (keys) => keys.map(() => null),
      set: () => Promise.reject(new Error('full')),
      delete: async () => {},
    };
    const { cache, read, events } = setUp({ store });
    expect(await cache.get(read())).toEqual({ n: 1 });
    await expect.poll(() => events).toContain('store-failed');
  });

  it('hands out frozen answers, for readers share them', async () => {
    const { cache, read } = setUp();
    expect(Object.isFrozen(await cache.get(read()))).toBe(true);
  });
});
