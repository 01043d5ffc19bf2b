import { openDatabase } from '../../../db/client.ts';
import { connectRunLogRedis } from '../../../server/runs/redis-pipe.ts';
import { clusterPort, makeClusterFolder, removeCluster } from '../../support/cluster.ts';
import { bridgeToken, redisMissingReason, startRedisWithBridge } from '../../support/redis.ts';
import { type LogStore, memoryStore, postgresStore, redisStore } from './stores.ts';

export type StoreKind = LogStore['kind'];

export interface OpenedStore extends AsyncDisposable {
  readonly store: LogStore;
}

/** A store of its own for a command: a throwaway Postgres or Redis that ends with it. Throws when Redis is not installed. */
export async function openStore(kind: StoreKind): Promise<OpenedStore> {
  if (kind === 'postgres') return openPostgres();
  if (kind === 'redis') return openRedis();
  return { store: memoryStore(), [Symbol.asyncDispose]: async () => {} };
}

async function openPostgres(): Promise<OpenedStore> {
  const folder = makeClusterFolder();
  const port = await clusterPort(folder);
  const url = `postgres://repspheres@127.0.0.1:${port}/template_migrated`;
  const database = openDatabase({
    url,
    poolSize: 10,
    slowPoolSize: 1,
    prepare: true,
    applicationName: 'sim',
  });
  return {
    store: postgresStore(database),
    async [Symbol.asyncDispose]() {
      await database.close();
      await removeCluster(folder);
    },
  };
}

async function openRedis(): Promise<OpenedStore> {
  const missing = redisMissingReason();
  if (missing !== null) throw new Error(missing);
  const server = await startRedisWithBridge();
  const redis = await connectRunLogRedis({ url: server.bridge.url, token: bridgeToken });
  return { store: redisStore(redis), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
