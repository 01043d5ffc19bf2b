import { execFile } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isTraversable, type ServerUser } from './binaries.ts';
import { EmbeddedPostgresError, systemCode } from './failure.ts';

const run = promisify(execFile);

export interface Programs {
  /** Folder with bin/postgres and bin/initdb. */
  readonly native: string;
  readonly user: ServerUser | null;
}

/**
 * How to name the data folder to a program that runs as `user`. A folder under a closed one (a 0700 home of root)
 * cannot be named by path, but the child enters it as root before it becomes `user`, and then it is its own cwd.
 */
export function dataFolderFor(folder: string, user: ServerUser | null): string {
  if (user === null || isTraversable(folder, user)) return folder;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw new EmbeddedPostgresError(
    `Postgres may not run as root and ${folder} is closed to other users: start as an ordinary user or set DATABASE_URL.`,
  );
}

/** Makes the cluster in `folder` where there is none (about 0.5 s). Two processes at once are safe: the second finds the first's. */
export async function initialiseDataFolder(
  folder: string,
  programs: Programs,
  durable: boolean,
): Promise<void> {
  if (holdsCluster(folder)) return;
  const fresh = makeFolder(folder, programs.user);
  try {
    await run(join(programs.native, 'bin', 'initdb'), initdbOptions(fresh, programs.user, durable), {
      cwd: fresh,
      env: { PATH: '/usr/bin:/bin', LANG: 'C' },
      ...programs.user,
    });
    renameSync(fresh, folder);
  } catch (cause) {
    rmSync(fresh, { recursive: true, force: true });
    if (holdsCluster(folder)) return;
    const text =
      cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim().split('\n').pop() : cause;
    throw new EmbeddedPostgresError(`Cannot make a database in ${folder}: ${text}`, cause);
  }
}

function initdbOptions(folder: string, user: ServerUser | null, durable: boolean): string[] {
  // Built-in locale: no surprises from the operating system's or ICU's collations.
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C.UTF-8'];
  const sync = durable ? [] : ['--no-sync'];
  return [
    '-D',
    dataFolderFor(folder, user),
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    ...locale,
    ...sync,
  ];
}

/** A new folder beside the wanted one; the finished cluster is moved into place in one step. */
function makeFolder(folder: string, user: ServerUser | null): string {
  try {
    makeParents(dirname(folder));
    const fresh = mkdtempSync(`${folder}.new-`);
    if (user !== null) chownSync(fresh, user.uid, user.gid);
    return fresh;
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `Cannot write to ${dirname(folder)} (${systemCode(cause)}): make it writable, name another data folder, or set DATABASE_URL.`,
      cause,
    );
  }
}

/** One by one: `recursive: true` never returns on a file system that answers ENOENT for a parent that exists (/proc). */
function makeParents(folder: string): void {
  if (existsSync(folder)) return;
  makeParents(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

function holdsCluster(folder: string): boolean {
  if (!existsSync(folder)) return false;
  try {
    const files = readdirSync(folder);
    if (files.length === 0) return false;
    const version = files.includes('PG_VERSION')
      ? readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim()
      : 'none';
    if (version === '17') return true;
    throw new EmbeddedPostgresError(
      `${folder} holds ${version === 'none' ? 'other files' : `a Postgres ${version} database`}, not one of Postgres 17: name another data folder.`,
    );
  } catch (cause) {
    if (cause instanceof EmbeddedPostgresError) throw cause;
    throw new EmbeddedPostgresError(
      `${folder} belongs to another user (${systemCode(cause)}): start as that user or name another data folder.`,
      cause,
    );
  }
}
