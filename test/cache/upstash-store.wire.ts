import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type CacheEvent, createCache } from '../../server/core/cache.ts';
import { cacheKey, publicScope } from '../../server/core/cache-key.ts';
import { systemClock } from '../../server/core/clock.ts';
import { createLayeredStore } from '../../server/integrations/cache/layered.ts';
import { createMemoryStore } from '../../server/integrations/cache/memory.ts';
import { createUpstashStore } from '../../server/integrations/cache/upstash.ts';
import { redisMissingReason, startRedisWithBridge, bridgeToken as token } from '../support/redis.ts';

const missing = redisMissingReason();
const note = missing === null ? '' : ` (skipped: ${missing})`;

describe.skipIf(missing !== null)(`the Upstash store through the bridge${note}`, () => {
  let started: Awaited<ReturnType<typeof startRedisWithBridge>>;
  let url = '';
  let redis: Redis;
  beforeAll(async () => {
    started = await startRedisWithBridge();
    url = started.bridge.url;
    redis = new Redis({ url, token, retry: { retries: 0 }, enableAutoPipelining: false });
  });
  afterAll(() => started?.[Symbol.asyncDispose]());
  beforeEach(() => redis.flushall());

  it('gives text back exactly, numbers and JSON included, and forgets at the expiry', async () => {
    const store = await createUpstashStore({ url, token });
    const texts = ['{"a":1}', '42', 'OK', 'null', '', 'ü\n日本 🧪', '1e999', '0.10'];
    for (const [n, text] of texts.entries()) await store.set(`k${n}`, text, 60_000);
    expect(await store.getMany(texts.map((_, n) => `k${n}`))).toEqual(texts);
    await store.set('short', 'x', 15);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(await store.getMany(['short', 'k1'])).toEqual([null, '42']);
    await store.delete(['k0', 'k1']);
    expect(await store.getMany(['k0', 'k1', 'k2'])).toEqual([null, null, 'OK']);
  });

  it('asks once for all keys of a tick: 500 reads of 50 keys cost one command', async () => {
    const store = await createUpstashStore({ url, token, guard: { deadlineMs: 2_000 } });
    await store.set('k7', 'seven', 60_000);
    const before = await started.bridge.billedCommands();
    const reads = Array.from({ length: 500 }, (_, n) => store.getMany([`k${n % 50}`]));
    const values = await Promise.all(reads);
    expect(values.flat().filter((value) => value === 'seven')).toHaveLength(10);
    expect((await started.bridge.billedCommands()) - before).toBe(1);
  });

  it('serves a second process from Redis, and both let go within a second of a drop', async () => {
    let loads = 0;
    const open = async () =>
      createCache({
        clock: systemClock,
        store: createLayeredStore({
          near: createMemoryStore(),
          far: await createUpstashStore({ url, token, guard: { deadlineMs: 2_000 } }),
        }),
      });
    const read = {
      scope: publicScope,
      procedure: 'agents.list',
      input: {},
      version: 1,
      schema: z.object({ n: z.number() }),
      ttlMs: 60_000,
      staleMs: 0,
      load: async () => {
        loads += 1;
        return { n: loads };
      },
    };
    const [one, other] = [await open(), await open()];
    expect(await one.get(read)).toEqual({ n: 1 });
    await expect.poll(() => redis.exists(cacheKey(read))).toBe(1);
    expect(await other.get(read)).toEqual({ n: 1 });
    expect(loads).toBe(1);
    const dropped = performance.now();
    await one.drop(read);
    await expect.poll(() => other.get(read), { interval: 20, timeout: 3_000 }).toEqual({ n: 2 });
    expect(performance.now() - dropped).toBeLessThan(1_000);
    expect(loads).toBe(2);
  });

  it('survives poisoned values and keys of another type', async () => {
    const events: CacheEvent[] = [];
    const store = await createUpstashStore({ url, token, guard: { deadlineMs: 2_000 } });
    const cache = createCache({ store, clock: systemClock, onEvent: (event) => events.push(event) });
    const read = (input: string) => ({
      scope: publicScope,
      procedure: 'p',
      input,
      version: 1,
      schema: z.object({ n: z.number() }),
      ttlMs: 60_000,
      staleMs: 0,
      load: async () => ({ n: 1 }),
    });
    await redis.set(cacheKey(read('cut')), '{"freshUntil":99999999999999,"value":{"n"');
    await redis.rpush(cacheKey(read('list')), 'not a string');
    await redis.set(cacheKey(read('old')), { freshUntil: 99999999999999, value: { other: true } });
    for (const input of ['cut', 'list', 'old']) expect(await cache.get(read(input))).toEqual({ n: 1 });
    expect(events.filter((event) => event === 'poisoned')).toHaveLength(2);
  });
});
