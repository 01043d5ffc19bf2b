import { eq, inArray, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { purgeJobHistory } from '../../db/queries/job-events.ts';
import { sessions } from '../../db/schema/identity.ts';
import { jobEvents, jobRuns, jobSteps } from '../../db/schema/jobs.ts';
import { idempotencyKeys, outbox } from '../../db/schema/operations.ts';
import { withSystemScope } from '../../db/tx.ts';
import { createRetentionOperations, kept } from '../../jobs/operations/maintenance.ts';
import { newId } from '../../server/core/ids.ts';
import { testDatabase, testOrganisation } from '../support/database.ts';
import { endedRun, MovableClock, startHarness } from './harness.ts';

const database = await testDatabase();

function partitions(): Promise<string[]> {
  return withSystemScope(database, 'read', async (scope) => {
    const rows = await scope.db.execute<{ name: string }>(
      sql`select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
          where i.inhparent = 'run_log'::regclass order by 1`,
    );
    return rows.map((row) => row.name);
  });
}

test('partitions of coming days exist after maintenance, and old ones go', async () => {
  const operations = createRetentionOperations({ database, clock: new MovableClock() });
  await operations.maintainPartitions();
  const day = (ahead: number) =>
    `run_log_${new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')}`;
  expect(await partitions()).toEqual(expect.arrayContaining([0, 1, 2, 3].map(day)));
  expect(await operations.maintainPartitions()).toEqual({ made: 0, dropped: 0 });
});

test('expired keys and sent outbox rows are removed, living ones stay', async () => {
  const { orgId, userId } = await testOrganisation(database);
  const operations = createRetentionOperations({ database, clock: new MovableClock() });
  const ago = (ms: number) => new Date(Date.now() - ms);
  const key = (name: string, expiresAt: Date) => ({
    orgId,
    actorId: userId,
    operation: 'test.do',
    key: name,
    inputHash: 'x',
    requestId: 'req',
    expiresAt,
  });
  const event = (sentAt: Date | null) => ({
    orgId,
    eventId: newId('event'),
    name: 'test/x',
    data: {},
    sentAt,
  });
  const events = [event(ago(kept.sentOutboxMs + 1_000)), event(ago(1_000)), event(null)];
  await withSystemScope(database, 'write', async ({ db }) => {
    await db
      .insert(idempotencyKeys)
      .values([key('old', ago(1_000)), key('new', new Date(Date.now() + 60_000))]);
    await db.insert(outbox).values(events);
  });
  expect(await operations.purgeIdempotencyKeys()).toEqual({ removed: 1 });
  expect(await operations.purgeSentOutbox()).toEqual({ removed: 1 });
  await withSystemScope(database, 'write', async ({ db }) => {
    const ids = events.map((one) => one.eventId);
    const left = await db.select({ id: outbox.eventId }).from(outbox).where(inArray(outbox.eventId, ids));
    expect(left.map((row) => row.id).sort()).toEqual(ids.slice(1).sort());
    const keys = await db.select().from(idempotencyKeys).where(eq(idempotencyKeys.orgId, orgId));
    expect(keys.map((row) => row.key)).toEqual(['new']);
    await db.delete(outbox).where(inArray(outbox.eventId, ids));
  });
});

test('ended runs go with their steps, running ones stay', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction({ id: 'ended', triggers: [{ event: 'test/ended' }] }, ({ step }) =>
      step.run('one', () => 1),
    ),
    client.createFunction({ id: 'open', triggers: [{ event: 'test/ended' }] }, ({ step }) =>
      step.sleep('long', '60d'),
    ),
  ]);
  await jobs.send('test/ended');
  const run = await endedRun('ended');
  const clock = new MovableClock();
  const operations = createRetentionOperations({ database, clock });
  expect(await operations.purgeJobHistory()).toEqual({ removed: 0 });
  clock.advance(kept.jobHistoryMs + 60_000);
  expect(await operations.purgeJobHistory()).toEqual({ removed: 2 });
  await withSystemScope(database, 'read', async ({ db }) => {
    expect(await db.select().from(jobSteps).where(eq(jobSteps.runId, run.id))).toEqual([]);
    const left = await db.select({ functionId: jobRuns.functionId }).from(jobRuns);
    expect(left).toEqual([{ functionId: 'repspheres-open' }]);
    expect(await db.select().from(jobEvents)).toEqual([]);
  });
});

test('a purge of many rows takes them in portions', async () => {
  const old = new Date('2026-01-01T00:00:00Z');
  const many = Array.from({ length: 25 }, (_, n) => ({
    id: `old-${n}`,
    name: 'test/x',
    data: {},
    receivedAt: old,
  }));
  const purged = await withSystemScope(database, 'write', async (scope) => {
    await scope.db.insert(jobEvents).values(many);
    return purgeJobHistory(scope, { before: new Date('2026-02-01T00:00:00Z'), limit: 10 });
  });
  expect(purged).toEqual({ runs: 0, events: 10 });
});

test('sessions that ended long ago go, living ones and those that ended lately stay', async () => {
  const { orgId, userId } = await testOrganisation(database);
  const operations = createRetentionOperations({ database, clock: new MovableClock() });
  const day = 86_400_000;
  const session = (revokedAgoMs: number | null) => ({
    id: newId('session'),
    orgId,
    userId,
    app: 'crm',
    expiresAt: new Date(Date.now() + day),
    revokedAt: revokedAgoMs === null ? null : new Date(Date.now() - revokedAgoMs),
  });
  const [old, lately, living] = [session(kept.endedSessionsMs + day), session(day), session(null)];
  await withSystemScope(database, 'write', ({ db }) => db.insert(sessions).values([old, lately, living]));
  expect(await operations.purgeEndedSessions()).toEqual({ removed: 1 });
  const left = await withSystemScope(database, 'read', ({ db }) =>
    db.select({ id: sessions.id }).from(sessions).where(eq(sessions.orgId, orgId)),
  );
  expect(left.map(({ id }) => id).sort()).toEqual([lately.id, living.id].sort());
});
