import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '../../db/embedded.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import type { JourneyReport } from './call-function.ts';
import { functionEnvironment, startFunction } from './function-process.ts';

/** The newest CLI that works without an account. Source: design/sdk-identity-deploy.md 3.2. */
const CLI = 'vercel@60.1.3';
/** The platform takes 250 MB; ours is one file, so far less tells that something came along. */
const MAX_BYTES = 10_000_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = [
  'server',
  'db',
  'jobs',
  'sdk',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'vercel.json',
];

/** A copy of the project that the CLI takes for a linked one; `node_modules` is the project's own. */
async function makeProject(folder: string): Promise<void> {
  await mkdir(join(folder, '.vercel'), { recursive: true });
  for (const name of sources) await cp(join(root, name), join(folder, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const vercel = JSON.parse(await readFile(join(root, 'vercel.json'), 'utf8')) as object;
  await writeFile(join(folder, 'vercel.json'), JSON.stringify({ ...vercel, installCommand: 'true' }));
  const settings = { framework: 'hono', nodeVersion: '24.x' };
  const link = { projectId: 'prj_check', orgId: 'team_check', settings };
  await writeFile(join(folder, '.vercel/project.json'), JSON.stringify(link));
}

/** The folder of an installed CLI: the one named by the first argument, else a new one below `folder` (358 MB). */
function installCli(folder: string): string {
  const given = process.argv[2];
  if (given !== undefined) return given;
  execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', CLI], { stdio: 'inherit' });
  return folder;
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function callBuilt(handler: string, folder: string): Promise<JourneyReport> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), durable: false });
  try {
    await migrateDatabase(postgres.url);
    const run = startFunction(handler, 'journey', functionEnvironment(postgres.url));
    const report = (await run.report) as JourneyReport;
    assert.equal(await run.exit, 0, run.errors());
    return report;
  } finally {
    await postgres.stop();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'repspheres-vercel-check-'));
try {
  const project = join(folder, 'project');
  await makeProject(project);
  const cli = join(installCli(join(folder, 'cli')), 'node_modules/.bin/vercel');
  execFileSync(cli, ['build', '--yes', '--token', 'offline', '--cwd', project], {
    stdio: 'inherit',
    env: { ...process.env, VERCEL_TELEMETRY_DISABLED: '1' },
  });
  const built = join(project, '.vercel/output/functions/index.func');
  const config = JSON.parse(await readFile(join(built, '.vc-config.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  assert.equal(config.runtime, 'nodejs24.x');
  assert.equal(config.maxDuration, 300);
  assert.equal(config.supportsCancellation, true);
  const bytes = await sizeOf(built);
  assert.ok(bytes < MAX_BYTES, `${bytes} bytes`);
  const report = await callBuilt(join(built, String(config.handler)), folder);
  assert.equal(report.lastEvent, 'run.completed');
  assert.equal(report.streamedText, report.storedText);
  console.log(`vercel:check passed: ${config.runtime}, 300 s, ${(bytes / 1e6).toFixed(1)} MB.`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
