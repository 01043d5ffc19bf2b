import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { ExecutorSettings } from '../../jobs/local/settings.ts';
import { testDatabaseUrl } from '../support/database.ts';
import { crashFunctions, crashSettings } from './crash-functions.ts';
import { endedRuns, type Harness, startHarness, storedRuns, until } from './harness.ts';

const url = await testDatabaseUrl();
const folder = mkdtempSync(join(tmpdir(), 'repspheres-jobs-'));
const script = fileURLToPath(new URL('executor-child.ts', import.meta.url));
const children: ChildProcess[] = [];

/** Where steps note themselves; one for each test, since the executor in this process is started last. */
function openJournal(name: string) {
  const path = join(folder, name);
  writeFileSync(path, '');
  const lines = (start: string) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(start));
  return { path, lines };
}

async function startChild(journal: string): Promise<ChildProcess> {
  const child = fork(script, [url, journal], { execArgv: [] });
  children.push(child);
  await new Promise((ready) => child.once('message', ready));
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await exit;
}

function startHere(journal: string, changes: Partial<ExecutorSettings> = {}): Promise<Harness> {
  const settings = { ...crashSettings, ...changes };
  return startHarness((client) => crashFunctions(client, journal), { settings });
}

/** Sends events and leaves the work to the children. */
async function send(name: string, runs: readonly Record<string, unknown>[]): Promise<void> {
  await using sender = await startHere('', { concurrency: 0 });
  await sender.executor.send(runs.map((data) => ({ name, data })));
}

const isDone = (step: { status: string }) => step.status === 'done';

afterEach(async () => {
  await Promise.all(children.splice(0).map(killed));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('kill -9 in mid-run: the run goes on at the next step, and no recorded step is repeated', async () => {
  const { path, lines } = openJournal('kill');
  const child = await startChild(path);
  await send('child/marathon', [{ run: 'A', stepMs: 60 }]);
  await until(() => lines('A 3 ').length > 0);
  await killed(child);
  const recorded = (await storedRuns('marathon'))[0]?.steps.filter(isDone).map((step) => step.name);
  expect(recorded).toEqual(['step-1', 'step-2']);
  await using _successor = await startHere(path);
  const [run] = await endedRuns('marathon', 1);
  expect([run?.status, run?.result]).toEqual(['completed', 21]);
  const counts = [1, 2, 3, 4, 5, 6].map((n) => lines(`A ${n} `).length);
  // Step 3 had begun and was not recorded: at least once.
  expect(counts).toEqual([1, 1, 2, 1, 1, 1]);
});

test('two processes share the work and run no step twice', async () => {
  const { path, lines } = openJournal('share');
  const before = (await storedRuns('marathon')).length;
  await startChild(path);
  await using here = await startHere(path, { concurrency: 2 });
  const runs = Array.from({ length: 8 }, (_, n) => ({
    name: 'child/marathon',
    data: { run: `R${n}`, stepMs: 5 },
  }));
  await here.executor.send(runs);
  await endedRuns('marathon', before + runs.length);
  const work = lines('R').map((line) => line.split(' '));
  expect(work.length).toBe(48);
  expect(new Set(work.map(([run, step]) => `${run} ${step}`)).size).toBe(48);
  expect(new Set(work.map(([, , pid]) => pid)).size).toBe(2);
});

test('a frozen process that wakes up records nothing over the one that took its call', async () => {
  const { path, lines } = openJournal('freeze');
  const before = (await storedRuns('marathon')).length;
  const frozen = await startChild(path);
  await send('child/marathon', [{ run: 'F', stepMs: 120 }]);
  await until(() => lines('F 2 ').length > 0);
  frozen.kill('SIGSTOP');
  await using _successor = await startHere(path);
  await until(() => lines('F 4 ').length > 0);
  frozen.kill('SIGCONT');
  const run = (await endedRuns('marathon', before + 1)).at(-1);
  expect([run?.status, run?.result, run?.steps.length]).toEqual(['completed', 21, 6]);
  expect([1, 2, 3, 4, 5, 6].map((n) => lines(`F ${n} `).length)).toEqual([1, 2, 1, 1, 1, 1]);
});

test('a job that kills its process is parked with the reason once that is enough', async () => {
  const { path, lines } = openJournal('poison');
  const child = await startChild(path);
  await send('child/killer', [{}]);
  await until(() => child.signalCode !== null);
  await using _successor = await startHere(path, { maxLosses: 0 });
  const [run] = await endedRuns('killer', 1);
  expect([run?.status, lines('die').length]).toEqual(['failed', 1]);
  expect(run?.error).toMatchObject({ name: 'ProcessLost' });
});
