import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from '../../server/main/listen.ts';
import { createSockets } from '../../server/main/sockets.ts';
import { testBackend } from '../support/backend.ts';

/** The real backend on a free port of this machine, sockets included, for pages of `origin`. */
export async function listeningBackend(
  origin: string,
  variables: Record<string, string> | ((url: string) => Record<string, string>) = {},
) {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const given = typeof variables === 'function' ? variables(url) : variables;
  const server = await testBackend({ PUBLIC_URL: url, ALLOWED_ORIGINS: origin, ...given });
  const gateway = createSockets(server.backend, server.config);
  const listener = await listen(server.backend, gateway, { host: '127.0.0.1', port });
  server.backend.engine.start();
  return {
    ...{ url, server },
    [Symbol.asyncDispose]: async () => {
      await gateway.drain({ graceMs: 0, jitterMs: 0 });
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
      await server[Symbol.asyncDispose]();
    },
  };
}
export type ListeningBackend = Awaited<ReturnType<typeof listeningBackend>>;

/** Listens on a free port and says which. */
export async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
