import { z } from 'zod';
import { loadVariables } from './config.ts';

/** What `npm run redis:bridge` reads: the Redis behind it, and the token that its clients send. */
export const bridgeEnvironmentSchema = z.object({
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).default('redis://127.0.0.1:6379'),
  UPSTASH_REDIS_REST_TOKEN: z.string().min(16),
  REDIS_BRIDGE_HOST: z.string().default('127.0.0.1'),
  REDIS_BRIDGE_PORT: z.coerce.number().int().min(0).max(65535).default(8079),
});

/** The configuration of the Redis bridge, from the process environment and `.env`; throws a ConfigError naming every fault. */
export function loadBridgeConfig() {
  const env = loadVariables(bridgeEnvironmentSchema);
  return {
    redisUrl: env.REDIS_URL,
    token: env.UPSTASH_REDIS_REST_TOKEN,
    host: env.REDIS_BRIDGE_HOST,
    port: env.REDIS_BRIDGE_PORT,
  };
}
