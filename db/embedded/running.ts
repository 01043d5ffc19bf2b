import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { EmbeddedPostgresError, isAlive, systemCode } from './failure.ts';

export interface RunningServer {
  readonly pid: number;
  readonly port: number;
}

interface PidFile extends RunningServer {
  /** Seconds since 1970. */
  readonly startedAt: number;
  readonly ready: boolean;
}

/** What Postgres itself wrote about the server of this folder: line 1 pid, 3 start, 4 port, 8 state. */
export function readPidFile(folder: string): PidFile | null {
  let lines: string[];
  try {
    lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  return {
    pid: Number(lines[0]),
    startedAt: Number(lines[2]),
    port: Number(lines[3] ?? 0),
    ready: lines[7]?.trim() === 'ready',
  };
}

/**
 * The server that already serves this folder (its supervisor was killed, or another process started it), or null.
 * Removes a pid file whose process is gone or is something else. Waits up to 10 s for one that is starting or stopping.
 */
export async function findRunning(folder: string): Promise<RunningServer | null> {
  const deadline = Date.now() + 10_000;
  while (true) {
    const file = readPidFile(folder);
    if (file === null) return null;
    if (isStale(folder, file.pid)) {
      rmSync(join(folder, 'postmaster.pid'), { force: true });
      return null;
    }
    if (file.ready && (await answers(file))) return file;
    if (Date.now() > deadline) {
      throw new EmbeddedPostgresError(
        `Process ${file.pid} holds the database in ${folder} but does not answer on port ${file.port}: end it and start again.`,
      );
    }
    await sleep(20);
  }
}

/** After a reboot the id may be another program's; a killed server that nobody reaped still has its id. */
function isStale(folder: string, pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false; // being written at this moment
  if (!isAlive(pid)) return true;
  if (process.platform !== 'linux') return false;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) !== realpathSync(folder);
  } catch (error) {
    return systemCode(error) === 'ENOENT';
  }
}

/** Whether the port answers as the very server of the pid file, told by its time of start. */
async function answers(file: PidFile): Promise<boolean> {
  const sql = postgres(superuserUrl(file.port), { max: 1, connect_timeout: 2, fetch_types: false });
  try {
    const [row] = await sql`select extract(epoch from pg_postmaster_start_time())::float8 as at`;
    return Math.abs(Number(row?.at) - file.startedAt) < 5;
  } catch (error) {
    if (error instanceof Error) return false; // not (yet, or no longer) a Postgres that lets us in
    throw error;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** The cluster's superuser; only for making roles and databases. */
export function superuserUrl(port: number, database = 'postgres'): string {
  return `postgres://postgres@127.0.0.1:${port}/${database}`;
}
