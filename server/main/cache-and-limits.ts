import type { Database } from '../../db/client.ts';
import { type Cache, type CacheEvent, createCache } from '../core/cache.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/observe.ts';
import type { ServerMetrics } from '../http/metrics.ts';
import type { Fault } from '../integrations/cache/guard.ts';
import { createLayeredStore } from '../integrations/cache/layered.ts';
import { createMemoryStore } from '../integrations/cache/memory.ts';
import { createMemoryLimiter } from '../integrations/limits/memory.ts';
import type { RateLimiter } from '../integrations/limits/port.ts';
import { createPostgresLimiter } from '../integrations/limits/postgres.ts';
import { createRoutedLimiter } from '../integrations/limits/routed.ts';
import type { Config } from './config.ts';

export interface CacheAndLimits {
  readonly cache: Cache;
  readonly limiter: RateLimiter;
  /** False while Redis is configured but kept away by a breaker: the process serves on, degraded. */
  redisUp(): boolean;
}

interface Needs {
  readonly config: Pick<Config, 'redis' | 'instanceCount'>;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<ServerMetrics, 'cacheEvent' | 'redisFault'>;
}

/** What another process dropped may be served this long where no Redis joins the processes. Source: S44-S46. */
const aloneTtlMs = 750;

/** In-process cache and limits, before Upstash where it is configured; budgets of money are counted in Postgres either way. */
export async function openCacheAndLimits(needs: Needs): Promise<CacheAndLimits> {
  const { config, clock, logger, metrics } = needs;
  const exact = createPostgresLimiter({
    database: needs.database,
    onFault: (cause) => logger.error({ err: cause }, 'limits that cost money cannot be counted; refusing'),
  });
  const onEvent = (event: CacheEvent, procedure: string, cause?: unknown) => {
    metrics.cacheEvent(event);
    if (cause !== undefined)
      logger.warn({ err: cause, procedure, event }, 'cached answer not renewed or stored');
  };
  const { redis } = config;
  if (redis === null) {
    const store = createMemoryStore({ clock, ...(config.instanceCount > 1 && { maxTtlMs: aloneTtlMs }) });
    return {
      cache: createCache({ store, clock, onEvent }),
      limiter: createRoutedLimiter(createMemoryLimiter({ clock }), exact),
      redisUp: () => true,
    };
  }
  const [{ createUpstashStore }, { createUpstashLimiter }] = await Promise.all([
    import('../integrations/cache/upstash.ts'),
    import('../integrations/limits/upstash.ts'),
  ]);
  // One line a change, not one a command: the breaker turns away thousands.
  const optionsOf = (part: string) => ({
    ...redis,
    guard: {
      onChange: (up: boolean) =>
        logger.warn({ part, up }, up ? 'Redis is back' : 'Redis is away; serving without it'),
    },
    onFault: (fault: Fault) => metrics.redisFault(part, fault),
  });
  const far = await createUpstashStore(optionsOf('cache'));
  const shared = await createUpstashLimiter(optionsOf('limits'));
  return {
    cache: createCache({
      store: createLayeredStore({ near: createMemoryStore({ clock }), far }),
      clock,
      onEvent,
    }),
    limiter: createRoutedLimiter(shared, exact),
    redisUp: () => far.up && shared.up,
  };
}
