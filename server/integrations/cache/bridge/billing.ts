import type { RedisConnection } from './connection.ts';

/** What the bridge itself sends: connection set-up and this count. */
const ownCommands = new Set(['info', 'hello', 'auth', 'select', 'ping', 'client', 'command', 'config']);

/**
 * Commands the server has executed since `from`, those inside scripts included, which is how Upstash bills.
 * Exact when nobody else uses the server.
 */
export async function countExecuted(redis: RedisConnection): Promise<number> {
  const info = String(await redis.sendCommand(['INFO', 'commandstats']));
  let calls = 0;
  for (const [, name = '', count] of info.matchAll(/^cmdstat_([^|:\s]+)(?:\|[^:]+)?:calls=(\d+)/gm)) {
    if (!ownCommands.has(name)) calls += Number(count);
  }
  return calls;
}
