import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../db/client.ts';
import { readPidFile } from '../../db/embedded/running.ts';
import { startEmbeddedPostgres } from '../../db/embedded.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { withSystemScope } from '../../db/tx.ts';
import { makeClusterFolder, removeCluster } from '../support/cluster.ts';

const poolSize = 10;
// Durable: without, Postgres may forget the migration's last commits when it is killed.
const folder = makeClusterFolder();
const dataDir = `${folder}/data`;
let database: Database;
let port = 15_000 + Math.floor(Math.random() * 15_000);

beforeAll(async () => {
  const server = await startEmbeddedPostgres({ dataDir, port, durable: true });
  port = server.port;
  await migrateDatabase(server.url);
  database = openDatabase({
    url: server.url,
    poolSize,
    slowPoolSize: 1,
    prepare: true,
    applicationName: 'test',
  });
});
afterAll(async () => {
  await database.close();
  await removeCluster(folder);
});

/** Forty callers that never stop asking, whatever they are told. */
function underLoad(): () => Promise<void> {
  let stopped = false;
  const callers = Array.from({ length: 40 }, async () => {
    while (!stopped) {
      const ask = withSystemScope(database, 'write', ({ db }) =>
        db.execute(sql`select ${1}::int, pg_sleep(0.002)`),
      );
      await ask.catch(() => sleep(Math.random() * 3)); // it is meant to fail while the server is away
    }
  });
  return async () => {
    stopped = true;
    await Promise.all(callers);
  };
}

test('after Postgres was killed under load and came back, every connection of the pool serves again', async () => {
  const stop = underLoad();
  await sleep(300);
  process.kill(readPidFile(dataDir)?.pid ?? 0, 'SIGKILL');
  await startEmbeddedPostgres({ dataDir, port, durable: true });
  await sleep(1000);
  await stop();
  const held = Array.from({ length: poolSize }, () =>
    withSystemScope(database, 'read', async ({ db }) => {
      const [row] = await db.execute(sql`select pg_backend_pid() as pid, pg_sleep(0.3)`);
      return row?.pid;
    }),
  );
  expect(new Set(await Promise.all(held)).size).toBe(poolSize);
});
