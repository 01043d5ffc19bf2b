import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { environmentSchema } from '../../server/main/config.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** A backend in a process of its own, as `npm start` runs it. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM, or another signal it ends by; resolves its exit code when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** SIGSTOP: it does nothing any more, and loses nothing, until it is resumed. */
  pause(): void;
  resume(): void;
  /** What it wrote so far. */
  readonly lines: readonly string[];
}

/** A data folder that goes with its scope. */
export function scratchFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'repspheres-server-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

type Variables = Readonly<Record<string, string>>;

/** As whom to start; by default as whoever runs the tests. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

function spawnServer(variables: Variables, user: SystemUser | null = null): ChildProcess {
  // An empty variable counts as unset, and `.env` does not replace one that is there.
  const cleared = Object.fromEntries(Object.keys(environmentSchema.shape).map((name) => [name, '']));
  return spawn(process.execPath, ['server/main/serve.ts'], {
    cwd: repository,
    env: { ...process.env, ...cleared, PORT: '0', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
}

/** A start that is expected to fail: how it ended, and all that it wrote. Kills one that has not ended after 20 s. */
export async function failedStart(
  variables: Variables,
  user: SystemUser | null = null,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const child = spawnServer(variables, user);
  let text = '';
  for (const output of [child.stdout, child.stderr]) output?.on('data', (chunk) => (text += String(chunk)));
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return { code, text };
}

/** Starts one on a free port, whatever `.env` says; rejects with what it wrote when it ends before it is ready. */
export async function startServer(variables: Variables): Promise<ServerProcess> {
  const child = spawnServer(variables);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines: string[] = [];
  const url = await addressOf(child, gone, lines);
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await gone;
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    await gone;
    return child.exitCode;
  };
  const pause = () => void child.kill('SIGSTOP');
  const resume = () => void child.kill('SIGCONT');
  return { url, kill, stop, pause, resume, lines, [Symbol.asyncDispose]: kill };
}

function addressOf(child: ChildProcess, gone: Promise<void>, said: string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  for (const output of [child.stdout, child.stderr]) {
    if (output === null) continue;
    createInterface({ input: output }).on('line', (line) => {
      said.push(line);
      const url = /RepSpheres backend at (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  }
  void gone.then(() => reject(new Error(`the server ended:\n${said.slice(-30).join('\n')}`)));
  return promise;
}
