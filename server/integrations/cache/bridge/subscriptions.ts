import type { ServerResponse } from 'node:http';
import type { RedisConnection } from './connection.ts';
import { Refusal } from './refusal.ts';

export type SubscribeKind = 'subscribe' | 'psubscribe';

/** A reader that holds more than this unread is cut off; pub/sub promises nothing anyway. */
const maxUnreadBytes = 1024 * 1024;

export interface Subscriptions {
  /** Answers with server-sent events until the client leaves. One stream a channel, one Redis connection for all. */
  open(kind: SubscribeKind, channel: string, response: ServerResponse): Promise<void>;
  readonly count: number;
  close(): Promise<void>;
}

/** Pub/sub as Upstash serves it: `data: message,channel,payload`, with a comment as heartbeat each `heartbeatMs`. */
export function createSubscriptions(
  connect: () => Promise<RedisConnection>,
  heartbeatMs: number,
): Subscriptions {
  const streams = new Set<ServerResponse>();
  let connection: Promise<RedisConnection> | undefined;

  const subscriber = () => {
    connection ??= connect().catch((error: unknown) => {
      connection = undefined;
      throw new Refusal(
        503,
        `ERR Redis is not reachable: ${error instanceof Error ? error.message : 'no reason'}`,
      );
    });
    return connection;
  };
  const heartbeat = setInterval(() => {
    for (const stream of streams) stream.write(': keep-alive\n\n');
  }, heartbeatMs);
  heartbeat.unref();

  return {
    get count() {
      return streams.size;
    },
    async open(kind, channel, response) {
      if (channel === '') throw new Refusal(400, `ERR wrong number of arguments for '${kind}' command`);
      const redis = await subscriber();
      const emit = (text: string) => {
        response.write(`data: ${text}\n\n`);
        if (response.writableLength > maxUnreadBytes) response.destroy();
      };
      const listener = (message: string, from: string) =>
        emit(
          kind === 'subscribe'
            ? `message,${from},${oneLine(message)}`
            : `pmessage,${channel},${from},${oneLine(message)}`,
        );
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      if (kind === 'subscribe') await redis.subscribe(channel, listener);
      else await redis.pSubscribe(channel, listener);
      const leave = () => {
        streams.delete(response);
        const left =
          kind === 'subscribe' ? redis.unsubscribe(channel, listener) : redis.pUnsubscribe(channel, listener);
        left.catch(() => redis.destroy());
      };
      if (response.destroyed) return leave();
      streams.add(response);
      response.once('close', leave);
      emit(`${kind},${channel},1`);
    },
    async close() {
      clearInterval(heartbeat);
      for (const stream of streams) stream.destroy();
      const open = connection;
      connection = undefined;
      if (open) (await open).destroy();
    },
  };
}

/** A line break would end the event; as a JSON string it arrives whole, for the client parses what it can. */
function oneLine(payload: string): string {
  return /[\r\n]/.test(payload) ? JSON.stringify(payload) : payload;
}
