import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../db/client.ts';
import { readPidFile } from '../../db/embedded/running.ts';
import { EmbeddedPostgresError, startEmbeddedPostgres } from '../../db/embedded.ts';
import { removeCluster } from '../support/cluster.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await removeCluster(folder);
});

/** A folder whose `data` is to hold the cluster. */
function scratch(mode = 0o755): string {
  const folder = mkdtempSync(join(tmpdir(), 'repspheres-embedded-'));
  chmodSync(folder, mode);
  folders.push(folder);
  return join(folder, 'data');
}

const somePort = () => 15_000 + Math.floor(Math.random() * 15_000);
const start = (dataDir: string, port = somePort(), durable = false) =>
  startEmbeddedPostgres({ dataDir, port, durable });

async function ask(url: string, question: string): Promise<unknown> {
  const database = openDatabase({
    url,
    poolSize: 1,
    slowPoolSize: 1,
    prepare: true,
    applicationName: 'test',
  });
  try {
    return (await database.direct.unsafe(question))[0]?.answer;
  } finally {
    await database.close();
  }
}

/** A process that starts the server, says so, and stays. */
async function otherProcess(
  dataDir: string,
  port: number,
): Promise<{ child: ChildProcess; reused: boolean }> {
  const child = fork(join(import.meta.dirname, 'embedded-owner.ts'), [dataDir, String(port)], {
    stdio: 'pipe',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const reused = await new Promise<boolean>((resolve, reject) => {
    child.once('message', (message) => resolve(message === 'reused'));
    child.once('exit', (code) => reject(new Error(`the owner ended with ${code}`)));
  });
  return { child, reused };
}

test('what was written is there after a stop and a start, at a role that is no superuser', async () => {
  const dataDir = scratch();
  const first = await start(dataDir);
  await ask(first.url, 'create table kept as select 42 as answer');
  await first.stop();
  expect(existsSync(join(dataDir, 'postmaster.pid'))).toBe(false);
  const second = await start(dataDir);
  expect(second.reused).toBe(false);
  expect(await ask(second.url, 'select answer from kept')).toBe(42);
  expect(await ask(second.url, "select current_setting('is_superuser') as answer")).toBe('off');
});

test('a folder closed to everybody else works too, for root as for its owner', async () => {
  const server = await start(scratch(0o700));
  expect(await ask(server.url, 'select 1 as answer')).toBe(1);
});

test('the server of a killed predecessor is taken over on its own port, and stopped by its new owner', async () => {
  const dataDir = scratch();
  const { child } = await otherProcess(dataDir, somePort());
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  const server = await start(dataDir);
  expect(server.reused).toBe(true);
  expect(server.port).toBe(readPidFile(dataDir)?.port);
  await server.stop();
  expect(readPidFile(dataDir)).toBeNull();
  await expect(ask(server.url, 'select 1 as answer')).rejects.toThrow('ECONNREFUSED');
});

test('a server that another live process uses is shared, and left running for it', async () => {
  const dataDir = scratch();
  await otherProcess(dataDir, somePort());
  const server = await start(dataDir);
  expect(server.reused).toBe(true);
  await server.stop();
  expect(await ask(server.url, 'select 1 as answer')).toBe(1);
});

test('processes that start at once on one new folder share one server', async () => {
  const dataDir = scratch();
  const port = somePort();
  const all = await Promise.all([
    start(dataDir, port),
    otherProcess(dataDir, port),
    otherProcess(dataDir, port),
  ]);
  const server = all[0];
  expect(await ask(server.url, 'select 1 as answer')).toBe(1);
  expect(readPidFile(dataDir)?.port).toBe(server.port);
});

test('a killed Postgres is started again with what was committed', async () => {
  const dataDir = scratch();
  const first = await start(dataDir, somePort(), true);
  await ask(first.url, 'create table kept as select 42 as answer');
  process.kill(readPidFile(dataDir)?.pid ?? 0, 'SIGKILL');
  const second = await start(dataDir, somePort(), true);
  expect(await ask(second.url, 'select answer from kept')).toBe(42);
});

test('a pid file that names an unrelated process is not believed', async () => {
  const dataDir = scratch();
  const first = await start(dataDir);
  const file = join(dataDir, 'postmaster.pid');
  const text = readFileSync(file, 'utf8');
  await first.stop();
  writeFileSync(file, text.replace(/^\d+/, String(process.pid)));
  const second = await start(dataDir);
  expect(second.reused).toBe(false);
  expect(await ask(second.url, 'select 1 as answer')).toBe(1);
});

test('a taken port makes it choose the next, and say so', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(somePort(), '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as { port: number };
  const notes: string[] = [];
  const dataDir = scratch();
  const server = await startEmbeddedPostgres({
    dataDir,
    port,
    durable: false,
    onNote: (note) => notes.push(note),
  });
  expect(server.port).toBeGreaterThan(port);
  expect(notes).toEqual([expect.stringContaining(String(server.port))]);
});

test('a folder that cannot be written, or holds something else, is told in one line', async () => {
  const unwritable = await start('/proc/repspheres/data').catch((error: unknown) => error);
  expect(unwritable).toBeInstanceOf(EmbeddedPostgresError);
  expect(String(unwritable)).toMatch(/^EmbeddedPostgresError: Cannot write to .*DATABASE_URL\.$/);
  const foreign = scratch();
  mkdirSync(foreign);
  writeFileSync(join(foreign, 'letter.txt'), 'keep me');
  await expect(start(foreign)).rejects.toThrow('holds other files');
  expect(readFileSync(join(foreign, 'letter.txt'), 'utf8')).toBe('keep me');
  rmSync(dirname(foreign), { recursive: true });
});
