import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { SocketGateway } from '../ws/gateway.ts';
import type { Backend } from './backend.ts';
import type { Config } from './config.ts';

/** Sockets are told to move spread over this long, so that the next process is not stormed. */
const JITTER_MS = 2000;

/** Begins to listen; rejects with the system's error when the port is taken. Resolves the server. */
export function listen(
  backend: Backend,
  gateway: SocketGateway,
  at: Pick<Config, 'host' | 'port'>,
): Promise<Server> {
  const server = createAdaptorServer({ fetch: backend.http.fetch }) as Server;
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
