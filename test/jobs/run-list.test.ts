import { expect, test } from 'vitest';
import { findJobRunWithSteps, listJobRuns } from '../../db/queries/jobs.ts';
import { jobSteps } from '../../db/schema/jobs.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import { describeRun, describeRuns } from '../../jobs/run-list.ts';
import { testDatabase, testOrganisation } from '../support/database.ts';
import { endedRuns, startHarness } from './harness.ts';

const database = await testDatabase();

test('an organisation sees its own runs page by page, newest first, and nobody else’s', async () => {
  const [mine, theirs] = await Promise.all([testOrganisation(database), testOrganisation(database)]);
  await using jobs = await startHarness((client) => [
    client.createFunction({ id: 'listed', triggers: [{ event: 'test/listed' }] }, ({ event, step }) =>
      step.run('count', () => event.data.n),
    ),
  ]);
  for (const n of [1, 2, 3]) await jobs.send('test/listed', { orgId: mine.orgId, n });
  await jobs.send('test/listed', { orgId: theirs.orgId, n: 99 });
  await jobs.send('test/listed', { n: 100 });
  const runs = await endedRuns('listed', 5);
  await withOrgScope(database, mine.orgId, 'read', async (scope) => {
    const [third, second, ...more] = await listJobRuns(scope, { limit: 2 });
    expect(more).toEqual([]);
    const rest = await listJobRuns(scope, { limit: 2, after: second });
    expect([third, second, ...rest].map((run) => run?.orgId)).toEqual([mine.orgId, mine.orgId, mine.orgId]);
    expect([third, second, ...rest].map((run) => run?.id)).toEqual(
      runs
        .slice(0, 3)
        .map((run) => run.id)
        .reverse(),
    );
    const found = await findJobRunWithSteps(scope, third?.id ?? '');
    expect(found?.steps.map((step) => [step.name, step.output])).toEqual([['count', { data: 3 }]]);
    const foreign = runs.find((run) => run.orgId === theirs.orgId);
    expect(await findJobRunWithSteps(scope, foreign?.id ?? '')).toBeUndefined();
    // The second wall: without the query's own condition, row-level security still hides the rest.
    const steps = await scope.db.select({ orgId: jobSteps.orgId }).from(jobSteps);
    expect(new Set(steps.map((step) => step.orgId))).toEqual(new Set([mine.orgId]));
  });
});

test('the command line shows runs, and one run with its steps', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction(
      { id: 'shown', retries: 0, triggers: [{ event: 'test/shown' }] },
      async ({ step }) => {
        await step.run('fine', () => 'ok');
        await step.run('bad', () => {
          throw new Error('the model was away');
        });
      },
    ),
  ]);
  await jobs.send('test/shown');
  const [run] = await endedRuns('shown');
  const list = await describeRuns(database, { limit: 5 });
  expect(list.find((line) => line.includes(run?.id ?? ''))).toMatch(/failed.*repspheres-shown/);
  const text = (await describeRun(database, run?.id ?? '')).join('\n');
  expect(text).toMatch(/done\s+fine/);
  expect(text).toMatch(/failed\s+bad.*the model was away/);
  expect(await describeRun(database, 'job_missing')).toEqual(['No job run job_missing.']);
});

test('the system sees all runs', async () => {
  const seen = await withSystemScope(database, 'read', (scope) => listJobRuns(scope, { limit: 100 }));
  expect(new Set(seen.map((run) => run.orgId)).size).toBeGreaterThan(2);
});
