import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { publicScope } from '../../server/core/cache-key.ts';
import { systemClock } from '../../server/core/clock.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { createMetrics } from '../../server/http/metrics.ts';
import { limitRules } from '../../server/integrations/limits/rules.ts';
import { openCacheAndLimits } from '../../server/main/cache-and-limits.ts';
import { testDatabase } from '../support/database.ts';
import {
  freePort,
  redisMissingReason,
  startRedisWithBridge,
  bridgeToken as token,
} from '../support/redis.ts';

const missing = redisMissingReason();
const note = missing === null ? '' : ` (skipped: ${missing})`;
const database = await testDatabase();
const metrics = createMetrics();
const needs = { database, clock: systemClock, logger: silentLogger, metrics };

function answer() {
  let loads = 0;
  return {
    scope: publicScope,
    procedure: 'test.answer',
    input: null,
    version: 1,
    schema: z.number(),
    ttlMs: 60_000,
    staleMs: 0,
    load: async () => {
      loads += 1;
      return loads;
    },
  };
}

/** The guest's eleventh message is refused, whatever Redis does. */
async function elevenMessages(opened: Awaited<ReturnType<typeof openCacheAndLimits>>, subject: string) {
  const allowed: boolean[] = [];
  for (let n = 0; n < 11; n += 1) {
    allowed.push((await opened.limiter.consume({ rule: limitRules.guestMessages, subject })).allowed);
  }
  return allowed;
}
const tenOfEleven = [...Array(10).fill(true), false];

describe('cache and limits of a process', () => {
  it('work without Redis', async () => {
    const opened = await openCacheAndLimits({ ...needs, config: { redis: null, instanceCount: 1 } });
    const read = answer();
    expect([await opened.cache.get(read), await opened.cache.get(read)]).toEqual([1, 1]);
    expect(await elevenMessages(opened, 'guest:alone')).toEqual(tenOfEleven);
    expect(opened.redisUp()).toBe(true);
  });

  it('start within 3 s while Redis is absent, serve from the process and say so', async () => {
    const begun = performance.now();
    const redis = { url: `http://127.0.0.1:${await freePort()}`, token };
    const opened = await openCacheAndLimits({ ...needs, config: { redis, instanceCount: 2 } });
    expect(performance.now() - begun).toBeLessThan(3_000);
    for (let n = 0; n < 6; n += 1) await opened.cache.get({ ...answer(), input: n });
    const read = answer();
    expect([await opened.cache.get(read), await opened.cache.get(read)]).toEqual([1, 1]);
    expect(await elevenMessages(opened, 'guest:absent')).toEqual(tenOfEleven);
    expect(
      (await opened.limiter.consume({ rule: limitRules.member, subject: 'user:1', cost: 100 })).allowed,
    ).toBe(true);
    expect(opened.redisUp()).toBe(false);
    const shown = await metrics.registry.metrics();
    expect(shown).toMatch(/repspheres_redis_faults_total\{part="cache",fault="unreachable"\} [1-9]/);
    expect(shown).toMatch(/repspheres_cache_events_total\{event="miss"\} [1-9]/);
  });

  it.skipIf(missing !== null)(
    `share answers through Redis, and lose no quota when it forgets everything${note}`,
    async () => {
      await using started = await startRedisWithBridge();
      const config = { redis: { url: started.bridge.url, token }, instanceCount: 2 };
      const [one, other] = [
        await openCacheAndLimits({ ...needs, config }),
        await openCacheAndLimits({ ...needs, config }),
      ];
      const read = answer();
      expect(await one.cache.get(read)).toBe(1);
      await expect.poll(() => started.bridge.counted.commands).toBeGreaterThan(1);
      expect(await other.cache.get(read)).toBe(1);
      expect(await elevenMessages(one, 'guest:flush')).toEqual(tenOfEleven);
      await fetch(`${started.bridge.url}/flushall`, { headers: { authorization: `Bearer ${token}` } });
      const after = await other.limiter.consume({ rule: limitRules.guestMessages, subject: 'guest:flush' });
      expect(after.allowed).toBe(false);
      expect(one.redisUp()).toBe(true);
    },
  );
});
