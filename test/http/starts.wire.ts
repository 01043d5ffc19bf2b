import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HttpClient } from '../support/http-client.ts';
import { failedStart, type ServerProcess, scratchFolder, startServer } from '../support/server-process.ts';

/** `npm start` as a new user meets it, with everything embedded, when something is in its way. */
const data = scratchFolder();
const pidFile = join(data.path, 'postgres', 'postmaster.pid');
let port: string;
let server: ServerProcess;

async function freePort(): Promise<string> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as { port: number };
  await new Promise((resolve) => holder.close(resolve));
  return String(port);
}

beforeAll(async () => {
  port = await freePort();
  server = await startServer(variables());
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  expect(existsSync(pidFile), 'nor does one that ends in order').toBe(false);
  data[Symbol.dispose]();
});

const variables = () => ({ DATA_DIR: data.path, PORT: port, DRAIN_SECONDS: '0' });

/** A start that fails says so in a line that a person can act on. */
function expectOneLine({ code, text }: Awaited<ReturnType<typeof failedStart>>, line: RegExp): void {
  expect(code).toBe(1);
  expect(text).toMatch(line);
  expect(text).not.toMatch(/^\s+at |Error:|node:internal/m);
}

test('a second start beside a running one is told that the port is taken, and takes nothing from the first', async () => {
  const accessToken = await signIn();
  expectOneLine(await failedStart(variables()), /^The port is taken, perhaps by a backend that is running/m);
  // The database, which the second used too, goes on for the first.
  expect(await sessionOf(accessToken)).toMatchObject({ kind: 'member' });
});

test('after kill -9, with Postgres left running, a start simply works and nothing is lost', async () => {
  const accessToken = await signIn();
  await server.kill();
  expect(existsSync(pidFile)).toBe(true);

  const other = createServer();
  await new Promise<void>((resolve) => other.listen(Number(port), '127.0.0.1', resolve));
  expectOneLine(await failedStart(variables()), /^The port is taken/m);
  expect(existsSync(pidFile), 'a start that fails leaves no Postgres behind').toBe(false);
  await new Promise((resolve) => other.close(resolve));

  server = await startServer(variables());
  expect(await sessionOf(accessToken)).toMatchObject({ kind: 'member' });
});

test('a faulty configuration is told with all its faults at once, and no value of it', async () => {
  const secret = 'canary-5f0c-secret';
  const faulty = {
    PORT: 'eighty',
    DATABASE_URL: `mysql://app:${secret}@db.example.com/app`,
    AUTH_SECRET: secret,
    UPSTASH_REDIS_REST_TOKEN: `${secret}-long-enough`,
    RUN_LOG: 'floppy',
  };
  const failed = await failedStart(faulty);
  expectOneLine(failed, /^The configuration has 5 fault\(s\):$/m);
  for (const name of Object.keys(faulty)) expect(failed.text).toContain(name);
  expect(failed.text).not.toMatch(/canary|eighty|floppy|mysql/);
});

/** Root may write everywhere: the start is then made by nobody, if nobody can read this checkout. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : null;
const unreadable =
  nobody !== null &&
  spawnSync(process.execPath, ['-e', 'require("node:fs").accessSync("server/main/serve.ts")'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    ...nobody,
  }).status !== 0;

test.skipIf(unreadable)(
  `a folder that may only be read is named${unreadable ? ' (skipped: nobody may not read this checkout)' : ''}`,
  async () => {
    using folder = scratchFolder();
    chmodSync(folder.path, 0o555);
    const failed = await failedStart({ DATA_DIR: folder.path }, nobody);
    expectOneLine(failed, new RegExp(`^Cannot write to ${folder.path} \\(EACCES\\): make it writable`, 'm'));
  },
);

async function signIn(): Promise<string> {
  const input = { email: 'professional@example.com' };
  const { accessToken } = await new HttpClient(server.url).mutate<{ accessToken: string }>(
    'identity.signInForDevelopment',
    input,
  );
  return accessToken;
}

async function sessionOf(token: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${server.url}/trpc/identity.getSession`, { headers });
  return ((await response.json()) as { result?: { data: unknown } }).result?.data;
}
