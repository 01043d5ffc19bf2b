import { eq, inArray, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { purgeJobHistory } from '../../db/queries/job-events.ts';
import { reserveUnits } from '../../db/queries/usage-ledger.ts';
import { settleUnits } from '../../db/queries/usage-settlement.ts';
import { billingCheckouts, billingEvents } from '../../db/schema/billing.ts';
import { conversations, messages } from '../../db/schema/conversations.ts';
import { sessions } from '../../db/schema/identity.ts';
import { jobEvents, jobRuns, jobSteps } from '../../db/schema/jobs.ts';
import { idempotencyKeys, outbox } from '../../db/schema/operations.ts';
import { runs } from '../../db/schema/runs.ts';
import { usageAttempts, usageHolds } from '../../db/schema/usage.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
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

test('of billing what only served repetition goes, and the ledger still counts a source once', async () => {
  const { orgId } = await testOrganisation(database);
  const operations = createRetentionOperations({ database, clock: new MovableClock() });
  const ago = (ms: number) => new Date(Date.now() - ms);
  const source = { meter: 'aiQueries', window: 'month', sourceId: `old-${orgId}` } as const;
  const reserve = () =>
    withOrgScope(database, orgId, 'write', (scope) =>
      reserveUnits(scope, { ...source, quantity: 1, limit: 10, holdMs: 1_000 }),
    );
  const event = (id: string, state: 'done' | 'failed', receivedAt: Date) => ({
    ...{ id: `${id}-${orgId}`, state, receivedAt, type: 'invoice.paid', payload: '{}' },
  });
  const page = (id: string, changes: object) => ({
    ...{ orgId, id, livemode: false, purchase: '{}', expiresAt: ago(0), createdAt: ago(26 * 3_600_000) },
    ...changes,
  });
  expect((await reserve()).outcome).toBe('held');
  await withOrgScope(database, orgId, 'write', (scope) =>
    settleUnits(scope, { ...source, quantity: 1, app: 'crm' }),
  );
  await withSystemScope(database, 'write', async ({ db }) => {
    await db
      .insert(billingEvents)
      .values([
        event('old', 'done', ago(kept.billingEventsMs + 1_000)),
        event('open', 'failed', ago(kept.billingEventsMs + 1_000)),
        event('new', 'done', ago(1_000)),
      ]);
    await db
      .insert(billingCheckouts)
      .values([
        page('unseen', {}),
        page('given', { state: 'open', sessionId: 'cs_given', url: 'https://pay.example.com' }),
        page('opening', { createdAt: ago(60_000) }),
      ]);
    await db
      .update(usageHolds)
      .set({ createdAt: ago(kept.endedHoldsMs + 1_000) })
      .where(eq(usageHolds.orgId, orgId));
  });
  expect(await operations.purgeBilling()).toEqual({ closed: 1, events: 1, holds: 1 });
  await withSystemScope(database, 'write', async ({ db }) => {
    const pages = await db.select().from(billingCheckouts).where(eq(billingCheckouts.orgId, orgId));
    expect(Object.fromEntries(pages.map(({ id, state }) => [id, state]))).toEqual({
      unseen: 'expired',
      given: 'open',
      opening: 'opening',
    });
    const left = await db.delete(billingEvents).returning({ id: billingEvents.id });
    expect(left.map(({ id }) => id).toSorted()).toEqual([`new-${orgId}`, `open-${orgId}`]);
  });
  expect((await reserve()).outcome).toBe('repeated');
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

test('conversations deleted long ago go in portions with messages and runs; what they cost, and all others, stay', async () => {
  const { orgId, userId } = await testOrganisation(database);
  const clock = new MovableClock();
  const operations = createRetentionOperations({ database, clock });
  const conversation = (deletedAt: Date | null) => ({
    ...{
      orgId,
      id: newId('conversation'),
      ownerId: userId,
      agentId: 'harvey-specter',
      app: 'crm',
      title: 'x',
    },
    deletedAt,
  });
  const old = new Date(clock.now() - kept.deletedConversationsMs - 60_000);
  const gone = Array.from({ length: 101 }, () => conversation(old));
  const staying = [
    conversation(new Date(clock.now() - kept.deletedConversationsMs + 60_000)),
    conversation(null),
  ];
  const all = [...gone, ...staying];
  const message = (conversationId: string, role: 'user' | 'assistant', seq: number) => ({
    ...{ orgId, id: newId('message'), conversationId, role, seq, content: 'x' },
  });
  const asked = all.map(({ id }) => message(id, 'user', 1));
  const answers = all.map(({ id }) => message(id, 'assistant', 2));
  const answered = all.map(({ id }, n) => ({
    ...{
      orgId,
      id: newId('run'),
      conversationId: id,
      ownerId: userId,
      agentId: 'harvey-specter',
      app: 'crm',
    },
    ...{ clientKey: `key-${n}`, status: 'completed' as const },
    ...{ userMessageId: asked[n]?.id ?? '', assistantMessageId: answers[n]?.id ?? null },
  }));
  const none = {
    inputTokens: 1,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 1,
    reasoningTokens: 0,
  };
  const cost = {
    ...none,
    provider: 'openai',
    model: 'gpt-6-luna',
    costNanoUsd: 7,
    priceVersion: 'x',
    app: 'crm',
  };
  await withSystemScope(database, 'write', async ({ db }) => {
    await db.insert(conversations).values(all);
    await db.insert(messages).values([...asked, ...answers]);
    await db.insert(runs).values(answered);
    const attempts = answered.map(({ id }) => ({
      ...cost,
      orgId,
      runId: id,
      attempt: 1,
      source: 'reported' as const,
    }));
    await db.insert(usageAttempts).values(attempts);
  });
  expect(await operations.purgeDeletedConversations()).toEqual({ removed: 101 });
  expect(await operations.purgeDeletedConversations()).toEqual({ removed: 0 });
  await withSystemScope(database, 'read', async ({ db }) => {
    const ids = staying.map(({ id }) => id).sort();
    const of = async (table: typeof messages | typeof runs) => {
      const rows = await db.select({ id: table.conversationId }).from(table).where(eq(table.orgId, orgId));
      return [...new Set(rows.map(({ id }) => id))].sort();
    };
    const left = await db
      .select({ id: conversations.id })
      .from(conversations)
      .where(eq(conversations.orgId, orgId));
    expect(left.map(({ id }) => id).sort()).toEqual(ids);
    expect(await of(messages)).toEqual(ids);
    expect(await of(runs)).toEqual(ids);
    const costs = await db.select().from(usageAttempts).where(eq(usageAttempts.orgId, orgId));
    expect(costs).toHaveLength(all.length);
  });
});
