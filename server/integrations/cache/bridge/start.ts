import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { countExecuted } from './billing.ts';
import { connectionTo } from './connection.ts';
import type { Encoding } from './encoding.ts';
import { createExecutor, type Executor } from './executor.ts';
import { Refusal } from './refusal.ts';
import {
  commandOf,
  commandOfPath,
  commandsOf,
  decodePart,
  hashToken,
  parseJson,
  readBody,
  requireToken,
} from './request.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';

export interface RedisBridgeOptions {
  /** `redis://` or `rediss://` of the server behind. */
  readonly redisUrl: string;
  /** What clients must send as Bearer token. */
  readonly token: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly host?: string;
  readonly maxBodyBytes?: number;
  readonly commandTimeoutMs?: number;
  readonly heartbeatMs?: number;
  /** Told when the connection to Redis breaks or comes back; never holds arguments of commands. */
  onNote?(text: string): void;
}

export interface RedisBridge {
  readonly url: string;
  /** Requests and the commands in them, as clients sent them. */
  readonly counted: { readonly requests: number; readonly commands: number };
  /** Commands Redis executed since the bridge started, those inside scripts included, as Upstash bills them. */
  billedCommands(): Promise<number>;
  readonly openStreams: number;
  close(): Promise<void>;
}

interface Parts {
  readonly options: RedisBridgeOptions;
  readonly tokenHash: Buffer;
  readonly executor: Executor;
  readonly subscriptions: Subscriptions;
  readonly counted: { requests: number; commands: number };
}

/**
 * Serves Upstash's REST protocol over a Redis of one's own, so that the same adapters work without an account.
 * Starts without Redis too: commands get a 503 until the connection stands.
 */
export async function startRedisBridge(options: RedisBridgeOptions): Promise<RedisBridge> {
  const redis = connectionTo(options.redisUrl, options.onNote);
  // It keeps trying on its own; this rejects only when the bridge is closed first, and faults go to onNote.
  const first = redis.connect().catch(() => undefined);
  const counted = { requests: 0, commands: 0 };
  const subscriptions = createSubscriptions(async () => {
    const own = connectionTo(options.redisUrl, options.onNote);
    await own.connect();
    return own;
  }, options.heartbeatMs ?? 15_000);
  const executor = createExecutor(redis, options.commandTimeoutMs ?? 5_000);
  const parts: Parts = { options, tokenHash: hashToken(options.token), executor, subscriptions, counted };

  const server = createServer((request, response) => {
    counted.requests += 1;
    serve(parts, request, response).catch((error: unknown) => fail(response, error));
  });
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host ?? '127.0.0.1', resolve);
  });
  await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 1_000))]);
  const base = redis.isReady ? await countExecuted(redis) : 0;
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${(server.address() as AddressInfo).port}`,
    counted,
    billedCommands: async () => (await countExecuted(redis)) - base,
    get openStreams() {
      return subscriptions.count;
    },
    async close() {
      await subscriptions.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      redis.destroy();
    },
  };
}

async function serve(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  requireToken(request, parts.tokenHash);
  const url = request.url ?? '/';
  const stream = /^\/(subscribe|psubscribe)\/(.*)$/s.exec(url);
  if (stream) {
    request.resume();
    const kind = stream[1] === 'subscribe' ? 'subscribe' : 'psubscribe';
    return parts.subscriptions.open(kind, decodePart(stream[2] ?? ''), response);
  }
  if (request.method !== 'GET' && request.method !== 'POST') throw new Refusal(405, 'ERR use GET or POST');
  const body = await readBody(request, parts.options.maxBodyBytes ?? 4 * 1024 * 1024);
  const encoding: Encoding = request.headers['upstash-encoding'] === 'base64' ? 'base64' : 'text';
  reply(response, 200, await run(parts, { post: request.method === 'POST', url, body, encoding }));
}

function run(
  { executor, counted }: Parts,
  call: { post: boolean; url: string; body: Buffer; encoding: Encoding },
): Promise<unknown> {
  if (call.post && (call.url === '/pipeline' || call.url === '/multi-exec')) {
    const commands = commandsOf(parseJson(call.body));
    counted.commands += commands.length;
    return call.url === '/pipeline'
      ? executor.pipeline(commands, call.encoding)
      : executor.transaction(commands, call.encoding);
  }
  counted.commands += 1;
  if (call.post && call.url === '/') return executor.one(commandOf(parseJson(call.body)), call.encoding);
  const last = call.body.length > 0 ? [call.body.toString('utf8')] : [];
  return executor.one(commandOf([...commandOfPath(call.url), ...last]), call.encoding);
}

function fail(response: ServerResponse, error: unknown): void {
  const refusal = error instanceof Refusal ? error : new Refusal(500, 'ERR the bridge failed');
  if (response.headersSent) response.destroy();
  else reply(response, refusal.status, { error: refusal.message });
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  // A refused request may still be sending its body.
  const closing: Record<string, string> = status === 413 || status === 401 ? { connection: 'close' } : {};
  response.writeHead(status, { 'content-type': 'application/json', ...closing });
  response.end(JSON.stringify(body));
}
