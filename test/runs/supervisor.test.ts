import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import type { Database } from '../../db/client.ts';
import { runs } from '../../db/schema/runs.ts';
import { withSystemScope } from '../../db/tx.ts';
import { systemClock } from '../../server/core/clock.ts';
import { newId } from '../../server/core/ids.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { createMemoryRunLog } from '../../server/runs/log.memory.ts';
import { createPostgresRunLog } from '../../server/runs/log.postgres.ts';
import type { RunLog } from '../../server/runs/log.ts';
import { logsByKind } from '../../server/runs/logs-by-kind.ts';
import { type LiveRun, leasePolicy, RunSupervisor } from '../../server/runs/supervisor.ts';
import { answers, opened, says, scripted } from '../ai/scripted-provider.ts';
import { testDatabase } from '../support/database.ts';
import { openInstance, person, shown, storedRun, typesOf, until } from './engine-world.ts';

interface WatchedRun extends LiveRun {
  wasFenced: boolean;
}

/** A run that is produced here although no row says so. */
function runOfEpoch(epoch: number): WatchedRun {
  return {
    runId: newId('run'),
    orgId: newId('organisation'),
    epoch,
    moving: false,
    wasFenced: false,
    fenced() {
      this.wasFenced = true;
    },
    viewerArrived() {},
    checkpoint: () => null,
    audit: async () => {},
  };
}

const half = [opened, says('Half'), 60_000];
const inMemory = (log: RunLog) => () => ({ primary: log, fallback: null });

/** Its owner has been silent beyond its lease. */
async function overdue(database: Database, runId: string, seconds: number): Promise<void> {
  const leaseUntil = sql`now() - ${seconds} * interval '1 s'`;
  await withSystemScope(database, 'write', ({ db }) =>
    db.update(runs).set({ leaseUntil }).where(eq(runs.id, runId)),
  );
}

test('a run in a log that is not configured any more ends, and is read like one whose log is gone', async () => {
  const database = await testDatabase();
  const robin = await person(database);
  const logs = inMemory(createMemoryRunLog());
  const models = [scripted('openai', answers('Whole.'), half)];
  await using before = await openInstance({ database, models, logs });
  const ended = await before.start(robin);
  const { end } = shown(await before.follow(robin, ended.runId));
  const { runId } = await before.start(robin);
  await until(async () => (await storedRun(database, runId)).row.checkpoint !== null);
  before.engine.close();
  await overdue(database, runId, 1);
  await using now = await openInstance({ database, models: [], renews: false });
  expect(typesOf(await now.follow(robin, ended.runId))).toEqual(['log.reset', end.type]);
  expect(await now.get(robin, runId)).toMatchObject({ status: 'running', text: 'Half' });
  await now.engine.reap();
  expect(shown(await now.follow(robin, runId)).end).toMatchObject({ type: 'run.incomplete', text: 'Half' });
  const { row } = await storedRun(database, runId);
  expect(row).toMatchObject({ status: 'incomplete', logKind: 'postgres' });
});

test('a run that cannot be ended does not keep the sweep from ending those after it', async () => {
  const database = await testDatabase();
  const robin = await person(database);
  const log = createMemoryRunLog();
  const options = { database, models: [scripted('openai', half)], logs: inMemory(log), renews: false };
  await using dying = await openInstance(options);
  const [stuck, behind] = [await dying.start(robin), await dying.start(robin)];
  for (const { runId } of [stuck, behind])
    await until(async () => (await dying.get(robin, runId)).text === 'Half');
  await overdue(database, stuck.runId, 60);
  await overdue(database, behind.runId, 30);
  const takeover: RunLog['takeover'] = async (runId, epoch, { create }) => {
    if (runId === stuck.runId) throw new Error('the log does not answer');
    return log.takeover(runId, epoch, { create });
  };
  const failing: RunLog = {
    ...{ kind: log.kind, takeover, append: log.append.bind(log), read: log.read.bind(log) },
    ...{ readMany: log.readMany.bind(log), tail: log.tail.bind(log) },
    ...{ audit: log.audit.bind(log), drop: log.drop.bind(log) },
  };
  const logs = logsByKind(failing, null);
  const deps = { database, clock: systemClock, logger: silentLogger, logs, onSealed() {} };
  const supervisor = new RunSupervisor(deps, 'another', 1);
  expect(await supervisor.sweep()).toBe(0);
  expect(await supervisor.sweep()).toBe(1);
  expect((await storedRun(database, behind.runId)).terminal).toMatchObject({ text: 'Half' });
  expect((await storedRun(database, stuck.runId)).terminal).toBeNull();
});

test('runs that are overdue are ended once, however many processes sweep', async () => {
  const database = await testDatabase();
  const robin = await person(database);
  const options = { database, models: [scripted('openai', half)], renews: false };
  await using dying = await openInstance(options);
  const runIds = await Promise.all(Array.from({ length: 6 }, async () => (await dying.start(robin)).runId));
  for (const runId of runIds) await until(async () => (await dying.get(robin, runId)).text === 'Half');
  for (const runId of runIds) await overdue(database, runId, 1);
  const log = createPostgresRunLog({ database });
  const deps = { ...{ database, clock: systemClock }, logger: silentLogger, logs: logsByKind(log, null) };
  const sweeps = ['one', 'another', 'third'].map((id) =>
    new RunSupervisor({ ...deps, onSealed() {} }, id).sweep(),
  );
  const counts = await Promise.all(sweeps);
  expect(counts.reduce((sum, count) => sum + count)).toBe(6);
  for (const runId of runIds) {
    const { row, answer } = await storedRun(database, runId);
    expect(row).toMatchObject({ status: 'incomplete', epoch: 2 });
    expect(answer).toHaveLength(1);
  }
});

test('a renewal fences a run it does not own, but not one whose claim is still under way', async () => {
  const database = await testDatabase();
  const log = createMemoryRunLog();
  const logs = { primary: log, fallback: null, of: () => log };
  const deps = { database, clock: systemClock, logger: silentLogger, logs, onSealed() {} };
  const supervisor = new RunSupervisor(deps, 'this-process');
  const [claiming, lost] = [runOfEpoch(0), runOfEpoch(1)];
  supervisor.add(claiming);
  supervisor.add(lost);
  supervisor.start();
  for (let turn = 0; turn < 50 && !lost.wasFenced; turn += 1) await sleep(leasePolicy.renewMs / 10);
  supervisor.stop();
  expect({ claiming: claiming.wasFenced, lost: lost.wasFenced }).toEqual({ claiming: false, lost: true });
});
