import { startRedisBridge } from '../integrations/cache/bridge/start.ts';
import { loadBridgeConfig } from './bridge-config.ts';
import { ConfigError } from './config.ts';

/** `npm run redis:bridge`: Upstash's REST protocol over a Redis of one's own, until SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const bridge = await startRedisBridge({ ...loadBridgeConfig(), onNote: (text) => console.log(text) });
  console.log(`Upstash REST at ${bridge.url}: set UPSTASH_REDIS_REST_URL to it, with the same token.`);
  const stop = () => void bridge.close().then(() => process.exit(0));
  process.once('SIGINT', stop).once('SIGTERM', stop);
}

main().catch((error: unknown) => {
  console.error(reasonFor(error));
  process.exitCode = 1;
});

function reasonFor(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return 'The bridge could not start.';
  if ('code' in error && error.code === 'EADDRINUSE')
    return 'The port is taken: set REDIS_BRIDGE_PORT to another one.';
  return `The bridge could not start: ${error.message}`;
}
