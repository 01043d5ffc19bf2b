import { spawn } from 'node:child_process';
import { chownSync, closeSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataFolderFor, type Programs } from './data-folder.ts';
import { EmbeddedPostgresError } from './failure.ts';
import { findRunning, type RunningServer, readPidFile } from './running.ts';

export interface LaunchOptions {
  readonly folder: string;
  readonly programs: Programs;
  readonly port: number;
  readonly durable: boolean;
}

/** Starts Postgres on the first free port from `port` on; null when another process has just started one here. */
export async function launch(options: LaunchOptions): Promise<RunningServer | null> {
  const deadline = Date.now() + 15_000;
  for (let port = options.port; port < options.port + 50; ) {
    if (!(await isFree(port))) {
      port += 1;
      continue;
    }
    const outcome = await start(options, port);
    if (typeof outcome !== 'string') return outcome;
    if (/could not (bind|create any TCP)/.test(outcome)) port += 1;
    else if (/postmaster\.pid" already exists/.test(outcome))
      return (await findRunning(options.folder)) ?? null;
    // Workers of a killed server take a moment to notice that it is gone.
    else if (/pre-existing shared memory/.test(outcome) && Date.now() < deadline) await sleep(100);
    else throw new EmbeddedPostgresError(`Postgres did not start: ${lastWords(outcome)}`);
  }
  throw new EmbeddedPostgresError(`No free port for Postgres from ${options.port} to ${options.port + 49}.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** The running server, or what it wrote before it gave up. */
async function start(options: LaunchOptions, port: number): Promise<RunningServer | string> {
  const { folder, programs } = options;
  const log = openLog(folder, programs);
  // Own session: Ctrl-C in the terminal must reach us first, Postgres last.
  const child = spawn(join(programs.native, 'bin', 'postgres'), serverOptions(options, port), {
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', LANG: 'C', TZ: 'UTC' },
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
    ...programs.user,
  });
  closeSync(log.fd);
  let failure: string | null = null;
  let exited = false;
  child.once('error', (error) => {
    failure = error.message;
  });
  child.once('exit', () => {
    exited = true;
  });
  child.unref();
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    const file = readPidFile(folder);
    if (file?.ready && file.pid === child.pid) return { pid: file.pid, port };
    if (failure !== null) return failure;
    if (exited) return readFileSync(log.path).subarray(log.size).toString();
    await sleep(5);
  }
  child.kill('SIGQUIT');
  throw new EmbeddedPostgresError(`Postgres was not ready within 30 s; see ${log.path}.`);
}

function serverOptions(options: LaunchOptions, port: number): string[] {
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    ...(options.durable ? {} : throwawaySettings),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', dataFolderFor(options.folder, options.programs.user), ...flags];
}

const throwawaySettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
};

function openLog(folder: string, programs: Programs): { fd: number; path: string; size: number } {
  const path = join(folder, 'server.log');
  const fd = openSync(path, 'a');
  if (programs.user !== null) chownSync(path, programs.user.uid, programs.user.gid);
  if (statSync(path).size > 10_000_000) truncateSync(path);
  return { fd, path, size: statSync(path).size };
}

function lastWords(log: string): string {
  const lines = log.trim().split('\n');
  const fatal = lines.find((line) => line.includes('FATAL:')) ?? lines.at(-1) ?? '';
  return fatal.replace(/^.*FATAL:\s*/, '');
}
