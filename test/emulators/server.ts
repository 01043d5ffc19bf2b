import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Engine } from './engine.ts';
import type { Journal } from './journal.ts';
import type { EmulatorOptions } from './options.ts';
import type { Scenario, Where } from './scenario.ts';
import type { Vendor } from './vendor.ts';

/** A vendor on a port of this machine, which the vendor's own SDK talks to. */
export interface Emulator {
  readonly port: number;
  /** The base URL to give to the vendor's SDK. */
  readonly url: string;
  readonly journal: Journal;
  /** Answers from now on by this scenario: all requests, those with a key, or the n-th from now on. */
  set(scenario: Scenario, where?: Where): void;
  /** Forgets scenarios and journal, and counts requests from 1 again. */
  reset(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the emulator of a vendor in this process. */
export async function startEmulator(vendor: Vendor, options: EmulatorOptions = {}): Promise<Emulator> {
  const engine = new Engine(vendor, options);
  const server = createServer((request, response) => void engine.serve(request, response));
  server.on('connection', (socket) => engine.connected(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = () => closeServer(server, engine);
  return {
    port,
    url: `http://127.0.0.1:${port}${vendor.name === 'openai' ? '/v1' : ''}`,
    journal: engine.journal,
    set: (scenario, where) => engine.book.set(scenario, where),
    reset: () => engine.reset(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function closeServer(server: Server, engine: Engine): Promise<void> {
  engine.closing.abort();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
