import { environmentSchema, loadVariables } from './config.ts';

/** Of all variables those that `npm run redis:bridge` reads; the token is the one its clients send. */
const bridgeVariables = environmentSchema
  .pick({ REDIS_URL: true, UPSTASH_REDIS_REST_TOKEN: true, REDIS_BRIDGE_HOST: true, REDIS_BRIDGE_PORT: true })
  .required({ UPSTASH_REDIS_REST_TOKEN: true });

/** The configuration of the Redis bridge, from the process environment and `.env`; throws a ConfigError naming every fault. */
export function loadBridgeConfig() {
  const env = loadVariables(bridgeVariables);
  return {
    redisUrl: env.REDIS_URL,
    token: env.UPSTASH_REDIS_REST_TOKEN,
    host: env.REDIS_BRIDGE_HOST,
    port: env.REDIS_BRIDGE_PORT,
  };
}
