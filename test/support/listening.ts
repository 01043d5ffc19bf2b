import type { AddressInfo } from 'node:net';
import { listen } from '../../server/main/listen.ts';
import { createSockets } from '../../server/main/sockets.ts';
import type { TestBackend } from './backend.ts';

/** The doors of a backend on a free port of this machine, sockets included; `end` closes them, not the backend. */
export async function listening({ backend, config }: TestBackend) {
  const gateway = createSockets(backend, config);
  const http = await listen(backend, gateway, { host: '127.0.0.1', port: 0 });
  return {
    port: (http.address() as AddressInfo).port,
    async end(): Promise<void> {
      await gateway.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
