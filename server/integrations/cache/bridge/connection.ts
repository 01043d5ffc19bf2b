import { createClient, RESP_TYPES } from 'redis';

/** A connection that answers with raw RESP2 replies: bulk strings as Buffers, so binary values survive. Commands fail at once while it is down. */
export function connectionTo(url: string, onNote?: (text: string) => void) {
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    socket: {
      connectTimeout: 2_000,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** Math.min(retries, 6), 1_000),
    },
  });
  client.on('error', (error: Error) => onNote?.(`Redis: ${error.message}`));
  client.on('ready', () => onNote?.('Redis: connected'));
  return client;
}

export type RedisConnection = ReturnType<typeof connectionTo>;
