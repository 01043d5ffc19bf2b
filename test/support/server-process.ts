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
}

/** A data folder that goes with its scope. */
export function scratchFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'repspheres-server-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts one on a free port, whatever `.env` says; rejects with what it wrote when it ends before it is ready. */
export async function startServer(variables: Readonly<Record<string, string>>): Promise<ServerProcess> {
  // An empty variable counts as unset, and `.env` does not replace one that is there.
  const cleared = Object.fromEntries(Object.keys(environmentSchema.shape).map((name) => [name, '']));
  const child = spawn(process.execPath, ['server/main/serve.ts'], {
    cwd: repository,
    env: { ...process.env, ...cleared, PORT: '0', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await addressOf(child, gone);
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await gone;
  };
  return { url, kill, [Symbol.asyncDispose]: kill };
}

function addressOf(child: ChildProcess, gone: Promise<void>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const said: string[] = [];
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
