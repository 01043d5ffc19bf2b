import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../db/client.ts';
import { limitWindows } from '../../db/schema/operations.ts';
import { withSystemScope } from '../../db/tx.ts';
import { createMemoryLimiter } from '../../server/integrations/limits/memory.ts';
import type { LimitRule } from '../../server/integrations/limits/port.ts';
import { createPostgresLimiter } from '../../server/integrations/limits/postgres.ts';
import { createRoutedLimiter } from '../../server/integrations/limits/routed.ts';
import { limitRules } from '../../server/integrations/limits/rules.ts';
import { testDatabase } from '../support/database.ts';

const database = await testDatabase();
const hour: LimitRule = { name: 'messages', limit: 10, windowMs: 3_600_000, whenDown: 'postgres' };

describe('the counters in Postgres', () => {
  it('admit exactly the limit under 60 concurrent calls of three processes', async () => {
    const processes = [1, 2, 3].map(() => createPostgresLimiter({ database }));
    const calls = processes.flatMap((limiter) =>
      Array.from({ length: 20 }, () => limiter.consume({ rule: hour, subject: 'guest:many' })),
    );
    const decisions = await Promise.all(calls);
    expect(decisions.filter((one) => one.allowed)).toHaveLength(10);
    const rows = await withSystemScope(database, 'read', ({ db }) => db.select().from(limitWindows));
    expect(rows.filter((row) => row.subject === 'guest:many').map((row) => row.used)).toEqual([10]);
  });

  it('do not count what they refuse, and answer the insistent without asking again', async () => {
    const limiter = createPostgresLimiter({ database });
    const take = (cost: number) => limiter.consume({ rule: hour, subject: 'guest:dear', cost });
    expect(await take(8)).toMatchObject({ allowed: true, remaining: 2, retryAfterMs: 0 });
    const refused = await take(5);
    expect(refused).toMatchObject({ allowed: false, limit: 10, remaining: 2 });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    const begun = performance.now();
    for (let n = 0; n < 500; n += 1) expect((await take(5)).allowed).toBe(false);
    expect(performance.now() - begun).toBeLessThan(200);
    expect(await take(2)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it('survive a restart of the process', async () => {
    await createPostgresLimiter({ database }).consume({ rule: hour, subject: 'guest:restart', cost: 10 });
    const after = await createPostgresLimiter({ database }).consume({ rule: hour, subject: 'guest:restart' });
    expect(after.allowed).toBe(false);
  });

  it('let the window slide: the wait they name is enough, and no burst passes at its edge', async () => {
    const rule: LimitRule = { name: 'short', limit: 4, windowMs: 400, whenDown: 'postgres' };
    const limiter = createPostgresLimiter({ database });
    const take = () => limiter.consume({ rule, subject: 'guest:edge' });
    const admitted: number[] = [];
    const begun = Date.now();
    while (Date.now() - begun < 1_600) {
      const decision = await take();
      if (decision.allowed) admitted.push(Date.now());
      else await sleep(decision.retryAfterMs);
    }
    // Four full windows: 16, one budget more for the first window, less what the machine slept too long.
    expect(admitted.length).toBeLessThanOrEqual(22);
    expect(admitted.length).toBeGreaterThanOrEqual(8);
  });

  it('refuse when Postgres is away: what costs money fails closed', async () => {
    const away = openDatabase({
      url: 'postgres://nobody@127.0.0.1:1/none',
      poolSize: 1,
      slowPoolSize: 1,
      prepare: true,
      applicationName: 'test',
    });
    const causes: unknown[] = [];
    const limiter = createPostgresLimiter({
      database: away,
      deadlineMs: 300,
      onFault: (cause) => causes.push(cause),
    });
    const begun = performance.now();
    const decision = await limiter.consume({ rule: hour, subject: 'guest:away' });
    expect(decision).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 2_000 });
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(causes).toHaveLength(1);
    await away.close();
  });
});

describe('the routed limiter', () => {
  it('counts money in Postgres, whatever becomes of the cheap counters', async () => {
    const exact = createPostgresLimiter({ database });
    const rule = limitRules.guestMessages;
    for (let n = 0; n < rule.limit; n += 1) {
      // Each call through a process whose own memory is empty, as after FLUSHALL.
      const limiter = createRoutedLimiter(createMemoryLimiter(), exact);
      expect((await limiter.consume({ rule, subject: 'guest:flushed' })).allowed).toBe(true);
    }
    const limiter = createRoutedLimiter(createMemoryLimiter(), exact);
    expect((await limiter.consume({ rule, subject: 'guest:flushed' })).allowed).toBe(false);
    expect((await limiter.consume({ rule: limitRules.guest, subject: 'guest:flushed' })).allowed).toBe(true);
  });
});
