import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { isAlive } from '../../db/embedded/failure.ts';
import { readPidFile } from '../../db/embedded/running.ts';
import { startEmbeddedPostgres, superuserUrl } from '../../db/embedded.ts';
import { migrateDatabase } from '../../db/migrate.ts';

const prefix = 'repspheres-test-';

/** A folder that names this process, so that a later run can tell whether it was left behind. */
export function makeClusterFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  chmodSync(folder, 0o755); // Postgres may run as another user
  return folder;
}

/** The port of the run's Postgres with the migrated database `template_migrated`; the first caller of all workers starts it. */
export async function clusterPort(folder: string): Promise<number> {
  const ready = join(folder, 'ready.json');
  try {
    mkdirSync(join(folder, 'starting'));
    await startCluster(folder, ready);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      writeFileSync(ready, JSON.stringify({ failure: String(error) }));
      throw error;
    }
  }
  for (const deadline = Date.now() + 60_000; !existsSync(ready); await sleep(20)) {
    if (Date.now() > deadline) throw new Error('The Postgres for tests did not start within 60 s.');
  }
  const state: { port?: number; failure?: string } = JSON.parse(readFileSync(ready, 'utf8'));
  if (state.port === undefined) throw new Error(`The Postgres for tests did not start: ${state.failure}`);
  return state.port;
}

async function startCluster(folder: string, ready: string): Promise<void> {
  const port = 15_000 + Math.floor(Math.random() * 15_000);
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), port, durable: false });
  await migrateDatabase(server.url);
  const sql = postgres(superuserUrl(server.port), { max: 1, onnotice: () => {} });
  await sql`alter database repspheres rename to template_migrated`;
  await sql.end();
  writeFileSync(`${ready}.new`, JSON.stringify({ port: server.port }));
  renameSync(`${ready}.new`, ready);
}

/** Ends the cluster at once (its data is worth nothing) and deletes it. */
export async function removeCluster(folder: string): Promise<void> {
  killServer(folder);
  // Its processes write until they are gone, and `rmSync` then leaves folders behind without a word.
  for (const deadline = Date.now() + 5000; existsSync(folder) && Date.now() < deadline; await sleep(10)) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Runs that were killed leave their Postgres behind. */
export function removeAbandonedClusters(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    killServer(join(tmpdir(), name));
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function killServer(folder: string): void {
  const server = readPidFile(join(folder, 'data'));
  if (server !== null && isAlive(server.pid)) process.kill(server.pid, 'SIGQUIT');
}
