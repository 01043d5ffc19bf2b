import { expect, test } from 'vitest';
import { openDatabase } from '../../db/client.ts';
import { appendOutbox } from '../../db/queries/operations.ts';
import { withOrgScope } from '../../db/tx.ts';
import type { CompletedRun, JobOperations } from '../../jobs/deps.ts';
import { jobEvents } from '../../jobs/events.ts';
import { createJobsRuntime, type JobsRuntime } from '../../jobs/runtime.ts';
import { newId } from '../../server/core/ids.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { testDatabase, testDatabaseUrl, testOrganisation } from '../support/database.ts';
import { endedRuns, fastSettings, MovableClock, until } from './harness.ts';

const database = await testDatabase();

async function startRuntime(clock = new MovableClock()) {
  const calls: [string, string][] = [];
  const none = async () => ({ removed: 0 });
  const operations: JobOperations = {
    titleConversation: async ({ conversationId, runId }: CompletedRun) => {
      calls.push(['title', runId]);
      return { conversationId, titled: true };
    },
    summariseConversation: async ({ conversationId, runId }: CompletedRun) => {
      calls.push(['summarise', runId]);
      return { conversationId, summaryToSeq: 2 };
    },
    sendInvitation: async ({ invitationId }) => ({ invitationId, sent: true }),
    reapRuns: async () => {
      calls.push(['reap', '']);
      return { reaped: 0 };
    },
    logOutSite: async () => ({ delivered: true }),
    sendHeldMail: async () => ({ sent: true }),
    maintainPartitions: async () => ({ made: 0, dropped: 0 }),
    purgeIdempotencyKeys: none,
    purgeSentOutbox: none,
    purgeEndedSessions: none,
    purgeJobHistory: none,
    purgeExports: none,
    purgeBilling: async () => ({ closed: 0, events: 0, holds: 0 }),
    purgeDeletedConversations: none,
    beginDataRequest: async () => null,
    workOnTable: async () => ({ rows: 0 }),
    finishDataRequest: async () => ({ done: true }),
    tellErasureCancelled: async () => ({ sent: true }),
    processBillingEvent: async () => ({ outcome: null }),
    retryBillingEvents: async () => ({ done: 0, failed: 0 }),
    refreshEntitlements: async () => ({ refreshed: 0 }),
    expireUsageHolds: async () => ({ expired: 0 }),
    sealUsage: async () => ({ sealed: 0 }),
    tellUsage: async () => ({ confirmed: 0, retried: 0, parked: 0 }),
    checkUsageExport: async () => ({ isSound: true, difference: 0, overdue: 0, forgotten: 0 }),
    compareUsageMonth: async () => ({ checked: 0, differing: 0, next: null }),
    reconcileStep: async () => ({ checked: 0, drifted: 0, repaired: 0, parked: 0, done: true }),
    findUnfinishedReconcile: async () => ({ unfinished: false }),
    recordNotices: async () => ({ recorded: 0 }),
    sendNotice: async () => ({ sent: true }),
  };
  const runtime = createJobsRuntime({
    database,
    operations,
    logger: silentLogger,
    clock,
    remote: null,
    settings: fastSettings,
  });
  await runtime.start();
  const stopping = { [Symbol.asyncDispose]: () => runtime.stop() };
  return { runtime, calls, clock, ...stopping };
}

async function completeRun(orgId: string): Promise<string> {
  const runId = newId('run');
  const data = { orgId, conversationId: newId('conversation'), runId, status: 'completed' };
  const event = { eventId: `run-ended:${runId}`, name: jobEvents.runCompleted.name, data };
  await withOrgScope(database, orgId, 'write', (scope) => appendOutbox(scope, [event]));
  return runId;
}

const post = (runtime: JobsRuntime) =>
  runtime.handler(
    new Request('http://jobs.local/api/inngest?fnId=repspheres-conversations-title&stepId=step', {
      method: 'POST',
      headers: { host: 'jobs.local' },
      body: '{}',
    }),
  );

test('a committed effect becomes a title and a summary, once each, in the organisation’s list', async () => {
  const { orgId } = await testOrganisation(database);
  await using jobs = await startRuntime();
  const runId = await completeRun(orgId);
  const [title] = await endedRuns('conversations-title');
  const [summary] = await endedRuns('conversations-summarise');
  expect([title?.status, title?.orgId, summary?.status]).toEqual(['completed', orgId, 'completed']);
  expect(jobs.calls.toSorted()).toEqual([
    ['summarise', runId],
    ['title', runId],
  ]);
  expect((await post(jobs.runtime)).status).toBe(401);
});

test('dead runs are looked for each minute', async () => {
  await using jobs = await startRuntime();
  jobs.clock.advance(60_000);
  await until(() => jobs.calls.some(([name]) => name === 'reap'));
});

test('after Postgres dropped every connection, relay and executor go on', async () => {
  const { orgId } = await testOrganisation(database);
  await using jobs = await startRuntime();
  const url = await testDatabaseUrl();
  const other = openDatabase({ url, poolSize: 1, slowPoolSize: 1, prepare: true, applicationName: 'cutter' });
  const cut = await other.main.unsafe(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'test'",
  );
  await other.close();
  expect(cut.length).toBeGreaterThan(1);
  let runId = '';
  await until(async () => {
    runId = await completeRun(orgId).catch(() => '');
    return runId !== '';
  });
  await until(() => jobs.calls.some(([name, id]) => name === 'title' && id === runId));
});
