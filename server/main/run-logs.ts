import type { Database } from '../../db/client.ts';
import type { RunLogs } from '../runs/engine-deps.ts';
import type { RunLog } from '../runs/log.ts';
import { logsByKind } from '../runs/logs-by-kind.ts';
import type { Config } from './config.ts';

/** The logs as configured. Postgres is always there: as the primary, or for runs whose Redis fell silent. */
export async function createRunLogs(
  config: Pick<Config, 'runLog' | 'redis'>,
  database: Database,
): Promise<RunLogs> {
  const { createPostgresRunLog } = await import('../runs/log.postgres.ts');
  const postgres = createPostgresRunLog({ database });
  const primary = await primaryLog(config, postgres);
  return logsByKind(primary, primary === postgres ? null : postgres);
}

async function primaryLog(config: Pick<Config, 'runLog' | 'redis'>, postgres: RunLog): Promise<RunLog> {
  if (config.runLog === 'postgres') return postgres;
  if (config.runLog === 'memory') return (await import('../runs/log.memory.ts')).createMemoryRunLog();
  if (config.redis === null) throw new Error('RUN_LOG=redis needs UPSTASH_REDIS_REST_URL');
  const [{ createRedisRunLog }, { connectRunLogRedis }] = await Promise.all([
    import('../runs/log.redis.ts'),
    import('../runs/redis-pipe.ts'),
  ]);
  return createRedisRunLog({ redis: await connectRunLogRedis(config.redis) });
}
