import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runs } from '../../db/schema/runs.ts';
import { withSystemScope } from '../../db/tx.ts';
import { buildVercel } from '../../server/main/build-vercel.ts';
import { testDatabase, testDatabaseUrl } from '../support/database.ts';
import type { JourneyReport } from './call-function.ts';
import { functionEnvironment, startFunction } from './function-process.ts';

let folder = '';
let bundle = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'repspheres-vercel-'));
  bundle = join(folder, 'vercel.js');
  await buildVercel(bundle);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the function that Vercel runs', () => {
  test('plays the main job from one file, and ends by SIGTERM', async () => {
    const noMailServer = { SMTP_URL: 'smtp://127.0.0.1:1', EMAIL_FROM: 'no-reply@example.com' };
    const environment = { ...functionEnvironment(await testDatabaseUrl()), ...noMailServer };
    const run = startFunction(bundle, 'journey', environment);
    const report = (await run.report) as JourneyReport;

    expect(report.node).toMatch(/^v24\./);
    expect(report.agents).toBeGreaterThan(20);
    expect(report.guestStatus).toBe(200);
    expect(report.lastEvent).toBe('run.completed');
    expect(report.streamedText).not.toBe('');
    expect(report.streamedText).toBe(report.storedText);
    expect(report.unknown).toEqual({ status: 404, code: 'request.unknown-procedure' });
    expect(await run.exit, run.errors()).toBe(0);
    // Nobody followed the one, the reader of the other left: the platform was asked to wait for both.
    expect(report.waitedFor).toBeGreaterThanOrEqual(1);
    expect([report.unfollowed, report.abandoned]).toEqual(['completed', 'completed']);
    expect(report.linkStatus).toBe(200);
    expect(report.waitedForMail, 'the relay, and the mail').toBe(2);
  });

  test.each([
    ['without Inngest', {}],
    ['with Inngest', { INNGEST_EVENT_KEY: 'test', INNGEST_SIGNING_KEY: `signkey-test-${'0'.repeat(64)}` }],
  ])('the job door refuses an unsigned introspection, %s', async (_name, inngest) => {
    const environment = { ...functionEnvironment(await testDatabaseUrl()), ...inngest };
    const run = startFunction(bundle, '/api/inngest', environment);
    const { status, body } = (await run.report) as { status: number; body: object };
    expect({ status, body }).toEqual({ status: 401, body: { message: 'Unauthorized' } });
    expect(await run.exit).toBe(0);
  });

  test('an answer that SIGTERM meets ends as interrupted, typed, within the 500 ms the platform gives', async () => {
    const environment = { ...functionEnvironment(await testDatabaseUrl()), OFFLINE_CHUNK_MS: '300' };
    const run = startFunction(bundle, 'interrupted', environment);
    const { runId } = (await run.report) as { runId: string };
    run.child.kill('SIGTERM');
    expect(await run.exit, run.errors()).toBe(0);
    const [stored] = await withSystemScope(await testDatabase(), 'read', ({ db }) =>
      db.select({ status: runs.status, terminal: runs.terminal }).from(runs).where(eq(runs.id, runId)),
    );
    expect(stored?.status).toBe('incomplete');
    expect(JSON.stringify(stored?.terminal)).toContain('interrupted');
  });

  test('a deployment without its variables answers 503 and names them, and no value', async () => {
    const environment = { NODE_ENV: 'production', AUTH_SECRET: 'short-and-secret' };
    const run = startFunction(bundle, '/livez', environment);
    const { status, body } = (await run.report) as { status: number; body: { configuration: string[] } };
    expect(status).toBe(503);
    expect(body.configuration.toSorted()).toEqual([
      'ALLOWED_ORIGINS',
      'AUTH_SECRET',
      'DATABASE_URL',
      'PUBLIC_URL',
    ]);
    expect(JSON.stringify(body)).not.toContain('short-and-secret');
    expect(await run.exit).toBe(0);
  });

  test('a database that is away is a 503 of its own, not a crash', async () => {
    const run = startFunction(bundle, '/livez', functionEnvironment('postgres://nobody@127.0.0.1:1/none'));
    const { status, body } = (await run.report) as { status: number; body: { configuration: null } };
    expect({ status, configuration: body.configuration }).toEqual({ status: 503, configuration: null });
    expect(await run.exit).toBe(0);
  });
});
