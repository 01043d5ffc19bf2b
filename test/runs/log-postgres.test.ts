import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../db/client.ts';
import { newId } from '../../server/core/ids.ts';
import { createPostgresRunLog } from '../../server/runs/log.postgres.ts';
import { testDatabase } from '../support/database.ts';
import { batch, terminal } from './log-harness/entries.ts';

describe('the run log in Postgres', () => {
  let database: Database;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function openRuns(count: number, options: { deadlineMs?: number } = {}) {
    const sent: string[] = [];
    const main = {
      unsafe(text: string) {
        sent.push(text);
        return database.main.unsafe(text);
      },
    };
    const log = createPostgresRunLog({ database: { main }, ...options });
    const runIds = Array.from({ length: count }, () => newId('run'));
    await Promise.all(runIds.map((runId) => log.takeover(runId, 1, { create: true })));
    sent.length = 0;
    return { log, runIds, sent };
  }

  async function asSystem(text: string): Promise<unknown> {
    const results: unknown = await database.main.unsafe(`set local role repspheres_system; ${text}`);
    return Array.isArray(results) ? results.at(-1) : undefined;
  }

  it('sends the appends of a tick as one statement; while it is in flight, later ones gather for the next', async () => {
    const { log, runIds, sent } = await openRuns(100);
    const first = Promise.all(runIds.slice(0, 50).map((runId) => log.append(runId, batch(1, 1, 2))));
    await sleep(0);
    const second = Promise.all(runIds.slice(50).map((runId) => log.append(runId, batch(1, 1, 2))));
    expect(new Set([...(await first), ...(await second)])).toEqual(new Set(['appended']));
    expect(sent.length).toBe(2);
  });

  it('sends the first append at once, without waiting for a timer', async () => {
    const { log, runIds, sent } = await openRuns(1);
    const done = log.append(runIds[0] ?? '', batch(1, 1, 1));
    await Promise.resolve();
    await Promise.resolve();
    expect(sent.length).toBe(1);
    await done;
  });

  it('never puts the words of users into a statement as they are', async () => {
    const { log, runIds, sent } = await openRuns(1);
    await log.append(runIds[0] ?? '', batch(1, 1, 1, "my secret'; --"));
    expect(sent.join()).not.toContain('secret');
  });

  it('keeps a run in the partition of the day it began, so that retention takes it whole', async () => {
    const { log, runIds } = await openRuns(1);
    const [runId = ''] = runIds;
    await log.append(runId, batch(1, 1, 1));
    await asSystem(
      `update run_log_heads set created_at = created_at - interval '1 day' where run_id = '${runId}'`,
    );
    await asSystem(`update run_log set created_at = created_at - interval '1 day' where run_id = '${runId}'`);
    await log.append(runId, terminal(1, 2));
    const days = await asSystem(`select distinct created_at::date from run_log where run_id = '${runId}'`);
    expect(days).toHaveLength(1);
    expect((await log.read(runId, 0)).length).toBe(2);
  });

  it('a batch that violates the table fails its own run only', async () => {
    const { log, runIds } = await openRuns(3);
    const [broken = ''] = runIds;
    await asSystem(`insert into run_log (run_id, first_seq, last_seq, epoch, events, created_at)
      select run_id, 1, 1, 9, '[]', created_at from run_log_heads where run_id = '${broken}'`);
    const outcomes = await Promise.allSettled(runIds.map((runId) => log.append(runId, batch(1, 1, 1))));
    expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code))).toEqual([
      '23505',
      'appended',
      'appended',
    ]);
  });

  it('that does not answer is a rejection within the deadline; the same append succeeds afterwards', async () => {
    const { log, runIds } = await openRuns(1, { deadlineMs: 150 });
    const [runId = ''] = runIds;
    const held = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holder = database.slow.begin(async (sql) => {
      await sql`set local role repspheres_system`;
      await sql`select from run_log_heads where run_id = ${runId} for update`;
      locked.resolve();
      await held.promise;
    });
    await locked.promise;
    const started = performance.now();
    await expect(log.append(runId, batch(1, 1, 1))).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(1000);
    held.resolve();
    await holder;
    expect(await log.append(runId, batch(1, 1, 1))).toBe('appended');
    expect((await log.read(runId, 0)).length).toBe(1);
  });

  it('leaves no role and no open transaction on the pool, also after a failure', async () => {
    const { log, runIds } = await openRuns(1);
    await log.append(runIds[0] ?? '', batch(1, 1, 1));
    await asSystem('select 1/0').catch(() => undefined);
    const [row] = await database.main`select current_user = session_user as own_role`;
    expect(row?.own_role).toBe(true);
    const open = await database.main`select 1 from pg_stat_activity
      where datname = current_database() and state like 'idle in transaction%'`;
    expect(open.length).toBe(0);
  });
});
