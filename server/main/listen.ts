import { createServer, type IncomingMessage, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { queryDoor } from '../http/query-door.ts';
import type { SocketGateway } from '../ws/gateway.ts';
import type { Backend } from './backend.ts';
import type { Config } from './config.ts';

/** Sockets are told to move spread over this long, so that the next process is not stormed. */
const JITTER_MS = 2000;

const serverOptions = {
  /** A header that came twice then says what the fetch application would read. */
  joinDuplicateHeaders: true,
  /** For a request to arrive in full, ms: 1 MiB over a slow telephone line. */
  requestTimeout: 60_000,
};

/** A body nobody reads: the connection is closed after the answer, or Node would take in the rest of it for minutes. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Begins to listen; rejects with the system's error when the port is taken. Resolves the server. */
export function listen(
  backend: Backend,
  gateway: SocketGateway,
  at: Pick<Config, 'host' | 'port'>,
): Promise<Server> {
  // Joined, a header that came twice says what the fetch application would read.
  const answer = queryDoor(backend.doors, getRequestListener(backend.http.fetch));
  const server = createServer(serverOptions, (request, response) => {
    if (request.method === 'GET' && hasBody(request)) response.shouldKeepAlive = false;
    answer(request, response);
  });
  server.on('upgrade', (request, socket, head) => gateway.handleUpgrade(request, socket, head));
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  server.once('error', reject);
  server.listen(at.port, at.host, () => {
    server.off('error', reject);
    resolve(server);
  });
  return promise;
}

/**
 * Ends a process without losing anything: ready off, wait for the balancer, tell sockets to move, let runs finish,
 * close. `drainMs` bounds the wait for running answers; what is left then ends as interrupted, typed.
 */
export async function shutDown(
  parts: { readonly backend: Backend; readonly gateway: SocketGateway; readonly server: Server },
  drain: { readonly noticeMs: number; readonly drainMs: number },
): Promise<void> {
  const { backend, gateway, server } = parts;
  backend.setDraining();
  await new Promise((resolve) => setTimeout(resolve, drain.noticeMs));
  const runs = backend.engine.drain(drain.drainMs);
  await gateway.drain({ graceMs: drain.drainMs, jitterMs: Math.min(JITTER_MS, drain.drainMs) });
  await runs;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), 1000);
  await closed;
  clearTimeout(force);
  await backend.close();
}
