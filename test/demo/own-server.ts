import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { environmentSchema } from '../../server/main/config.ts';
import { BrokenPromise } from './step.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const linesKept = 40;
/** Draining, closing Postgres and a margin. */
const stopTimeoutMs = 10_000;

export interface OwnServer {
  readonly url: string;
  /** Rejects, with what the server said last, when it ends. */
  readonly ended: Promise<never>;
}

/**
 * A server of the demo's own on a free port, with its data in `dataDir` and every part embedded, whatever `.env` says.
 * `onChild` gets the means to end it and its Postgres, before it is ready.
 */
export async function startOwnServer(
  dataDir: string,
  onChild: (stop: () => Promise<void>) => void,
): Promise<OwnServer> {
  const child = spawn(process.execPath, ['server/main/serve.ts'], {
    cwd: repository,
    env: { ...process.env, ...embeddedOnly(dataDir) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C then reaches only the demo, which ends the server in its own order.
    detached: true,
  });
  onChild(() => stopServer(child, dataDir));
  const { address, ended } = watch(child);
  return { url: await address, ended };
}

/** An empty variable counts as unset, and `.env` does not replace one that is there. */
function embeddedOnly(dataDir: string): Record<string, string> {
  const cleared = Object.keys(environmentSchema.shape).map((name) => [name, '']);
  return {
    ...Object.fromEntries(cleared),
    PORT: '0',
    DATA_DIR: dataDir,
    OFFLINE_CHUNK_MS: '20',
    DRAIN_SECONDS: '0',
  };
}

function watch(child: ChildProcess): { address: Promise<string>; ended: Promise<never> } {
  const { promise: address, resolve } = Promise.withResolvers<string>();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  // Its end is a failure only for those who still need it.
  ended.catch(() => {});
  const said: string[] = [];
  const fail = (why: string) => reject(new BrokenPromise(`${why}\n${said.slice(-linesKept).join('\n')}`));
  for (const output of [child.stdout, child.stderr]) {
    if (output === null) continue;
    createInterface({ input: output }).on('line', (line) => {
      said.push(line);
      const url = /RepSpheres backend at (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  }
  child.once('error', (error) => fail(error.message));
  child.once('close', (code, signal) => fail(`the server ended with ${signal ?? `exit code ${code}`}`));
  return { address: Promise.race([address, ended]), ended };
}

async function stopServer(child: ChildProcess, dataDir: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
  }
  await stopPostgres(join(dataDir, 'postgres/postmaster.pid'));
}

/** A server that was killed leaves its Postgres; the file in the demo's own folder names only that one. */
async function stopPostgres(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (!(pid > 0)) return;
  process.kill(pid, 'SIGINT');
  for (const deadline = Date.now() + stopTimeoutMs; existsSync(pidFile) && Date.now() < deadline; )
    await sleep(20);
}
