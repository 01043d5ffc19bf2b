import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../db/client.ts';
import { startEmbeddedPostgres } from '../../db/embedded.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { createMemoryRunLog } from '../../server/runs/log.memory.ts';
import { createPostgresRunLog } from '../../server/runs/log.postgres.ts';
import { createRedisRunLog } from '../../server/runs/log.redis.ts';
import type { RunLog } from '../../server/runs/log.ts';
import { connectRunLogRedis } from '../../server/runs/redis-pipe.ts';
import { bridgeToken, startRedisWithBridge } from '../support/redis.ts';

/** A machine may append more in a second than one process of production may keep. */
const UNBOUNDED = Number.POSITIVE_INFINITY;

export interface BenchLog extends AsyncDisposable {
  readonly log: RunLog;
}

/** A log over a store that ends with it. */
export async function openBenchLog(kind: RunLog['kind']): Promise<BenchLog> {
  if (kind === 'postgres') return openPostgres();
  if (kind === 'redis') return openRedis();
  return { log: createMemoryRunLog({ maxBytes: UNBOUNDED }), [Symbol.asyncDispose]: async () => {} };
}

async function openPostgres(): Promise<BenchLog> {
  const folder = mkdtempSync(join(tmpdir(), 'repspheres-bench-log-'));
  chmodSync(folder, 0o755); // Postgres may run as another user
  const port = 15_000 + Math.floor(Math.random() * 15_000);
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), port, durable: true });
  await migrateDatabase(server.url);
  const options = { poolSize: 4, slowPoolSize: 1, prepare: true, applicationName: 'bench' };
  const database = openDatabase({ url: server.url, ...options });
  return {
    log: createPostgresRunLog({ database }),
    async [Symbol.asyncDispose]() {
      await database.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openRedis(): Promise<BenchLog> {
  const server = await startRedisWithBridge();
  const redis = await connectRunLogRedis({ url: server.bridge.url, token: bridgeToken });
  return { log: createRedisRunLog({ redis }), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
