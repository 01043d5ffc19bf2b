import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { nativeFolder, serverUser } from './embedded/binaries.ts';
import { initialiseDataFolder } from './embedded/data-folder.ts';
import { EmbeddedPostgresError, isAlive } from './embedded/failure.ts';
import { launch } from './embedded/launch.ts';
import { findRunning, type RunningServer, readPidFile, superuserUrl } from './embedded/running.ts';

export { EmbeddedPostgresError } from './embedded/failure.ts';
export { superuserUrl } from './embedded/running.ts';

export interface EmbeddedPostgres {
  /** For role `repspheres`: owner of database `repspheres`, no superuser, so that the walls between tenants hold. */
  readonly url: string;
  readonly port: number;
  /** Whether the server ran before: its supervisor was killed, or is another live process. */
  readonly reused: boolean;
  /** Whether the very server that was found or launched still runs; a look at its pid file, no connection. */
  isRunning(): boolean;
  /** Stops the server, unless another live process of this machine supervises it too. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  /** First port to try; a server that already runs keeps its own. Default 25432, below the ports of outgoing connections. */
  readonly port?: number;
  /** False: no fsync, for throwaway data. */
  readonly durable: boolean;
  onNote?(text: string): void;
}

/**
 * Serves the Postgres 17 of the npm package on 127.0.0.1 (trust: this machine only), with its data in `dataDir`.
 * First start about 1 s, later about 0.1 s. Throws EmbeddedPostgresError with one line a person can act on.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.dataDir);
  const user = serverUser();
  const programs = { native: nativeFolder(user), user };
  await initialiseDataFolder(folder, programs, options.durable);
  const found = await findRunning(folder);
  const launched =
    found === null
      ? await launch({ folder, programs, port: options.port ?? 25_432, durable: options.durable })
      : null;
  const server = found ?? launched;
  if (server === null)
    throw new EmbeddedPostgresError(`Another process stopped the Postgres of ${folder}: start again.`);
  if (found !== null) options.onNote?.(`Postgres was still running on port ${server.port}; using it.`);
  else if (server.port !== (options.port ?? 25_432))
    options.onNote?.(`Postgres listens on port ${server.port}.`);
  supervise(folder);
  await createDatabase(server.port);
  return {
    url: `postgres://repspheres@127.0.0.1:${server.port}/repspheres`,
    port: server.port,
    reused: found !== null,
    isRunning: () => readPidFile(folder)?.pid === server.pid && isAlive(server.pid),
    stop: () => stop(folder, server),
  };
}

/** One file for each process that uses the server; the last one to leave stops it. */
function supervise(folder: string): void {
  mkdirSync(join(folder, 'supervisors'), { recursive: true });
  writeFileSync(join(folder, 'supervisors', String(process.pid)), '');
}

async function stop(folder: string, server: RunningServer): Promise<void> {
  const supervisors = join(folder, 'supervisors');
  rmSync(join(supervisors, String(process.pid)), { force: true });
  const others = readdirSync(supervisors).map(Number);
  if (others.some(isAlive)) return;
  for (const gone of others) rmSync(join(supervisors, String(gone)), { force: true });
  if (readPidFile(folder)?.pid !== server.pid) return;
  // SIGINT is Postgres's fast shutdown, SIGQUIT leaves recovery to the next start.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    process.kill(server.pid, signal);
    for (const deadline = Date.now() + 15_000; Date.now() < deadline; await sleep(5)) {
      if (readPidFile(folder)?.pid !== server.pid || !isAlive(server.pid)) return;
    }
  }
  throw new EmbeddedPostgresError(`Postgres (process ${server.pid}) did not stop.`);
}

/** Another process may be doing the same: role or database exists, or template1 is being copied (55006). */
const raced = new Set(['42710', '42P04', '23505', '55006']);

async function createDatabase(port: number): Promise<void> {
  const sql = postgres(superuserUrl(port), { max: 1, connect_timeout: 5, onnotice: () => {} });
  const steps = [
    [
      "select from pg_roles where rolname = 'repspheres'",
      'create role repspheres login noinherit createrole',
    ],
    ["select from pg_database where datname = 'repspheres'", 'create database repspheres owner repspheres'],
  ] as const;
  try {
    for (const [present, create] of steps) {
      while ((await sql.unsafe(present)).count === 0) {
        await sql.unsafe(create).catch((error) => {
          if (!raced.has(error.code)) throw error;
          return sleep(50);
        });
      }
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}
