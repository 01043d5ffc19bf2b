import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Mutation } from './mutation.ts';
import { mutations } from './mutations.ts';

const root = resolve(import.meta.dirname, '../..');

interface Report {
  readonly testResults: readonly {
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/**
 * `npm run test:mutations`: takes checks out of a copy of the code, one at a time, and fails unless the named test
 * notices. `-- --every 8` tries each eighth, `-- --only <text>` those whose name holds the text.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { every: { type: 'string' }, only: { type: 'string' } } });
  const every = Number(values.every ?? 1);
  const chosen = mutations.filter(
    ({ name }, at) => at % every === 0 && (values.only === undefined || name.includes(values.only)),
  );
  const copy = copyOfCode();
  let missed = 0;
  try {
    for (const mutation of chosen) {
      const verdict = await tryMutation(copy, mutation);
      if (verdict !== 'caught') missed += 1;
      console.log(
        `${verdict === 'caught' ? 'caught' : 'MISSED'}  ${mutation.name}${verdict === 'caught' ? '' : `: ${verdict}`}`,
      );
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  console.log(`${chosen.length - missed} of ${chosen.length} planted mutations caught.`);
  if (missed > 0 || chosen.length === 0) process.exitCode = 1;
}

/** The files git knows or would take, with the packages of this tree. */
function copyOfCode(): string {
  const copy = mkdtempSync(join(tmpdir(), 'repspheres-mutations-'));
  const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of list.split('\n').filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function tryMutation(copy: string, mutation: Mutation): Promise<string> {
  const path = join(copy, mutation.file);
  const original = readFileSync(path, 'utf8');
  if (original.split(mutation.find).length !== 2) return 'its text does not stand exactly once in the file';
  writeFileSync(
    path,
    original.replace(mutation.find, () => mutation.replace),
  );
  try {
    return judge(mutation, await runTests(copy, mutation.tests));
  } finally {
    writeFileSync(path, original);
  }
}

/** Caught means: the file was loaded and ran, and the test that should notice failed. */
function judge(mutation: Mutation, report: Report | null): string {
  if (report === null) return 'the tests did not run';
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  if (!results.some(({ status }) => status === 'passed')) return 'no test passed, so nothing is shown';
  const failed = results.filter(({ status }) => status === 'failed');
  if (failed.some(({ fullName }) => mutation.caughtBy.test(fullName))) return 'caught';
  return failed.length === 0 ? 'no test failed' : `only others failed: ${failed[0]?.fullName}`;
}

async function runTests(copy: string, file: string): Promise<Report | null> {
  const out = join(copy, 'mutation-report.json');
  rmSync(out, { force: true });
  const bin = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [
    bin,
    'run',
    '--config',
    'test/config/vitest.config.ts',
    '--reporter=json',
    `--outputFile=${out}`,
  ];
  // A machine under load must not make a slow start look like a missed mutation.
  const patience = ['--hookTimeout=240000', '--testTimeout=120000'];
  const child = spawn(process.execPath, [...args, ...patience, file], { cwd: copy, stdio: 'ignore' });
  await new Promise((done) => child.once('exit', done));
  try {
    return JSON.parse(readFileSync(out, 'utf8')) as Report;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

await main();
