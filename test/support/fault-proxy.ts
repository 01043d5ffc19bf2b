import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * `pass`: as it comes. `blackhole`: takes bytes, passes nothing on and never answers. `reset`: ends each connection with
 * RST. `refuse`: closes new connections at once. `{ delayMs }`: holds every chunk back that long, in each direction.
 * `{ cutAfterBytes }`: passes that many bytes of answers a connection, then RST.
 */
export type FaultMode =
  | 'pass'
  | 'blackhole'
  | 'reset'
  | 'refuse'
  | { readonly delayMs: number }
  | { readonly cutAfterBytes: number };

export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Takes effect for new and for open connections. */
  mode: FaultMode;
  /** Connections and bytes seen from clients since the start. */
  readonly seen: { connections: number; clientBytes: number };
  close(): Promise<void>;
}

/** A TCP proxy before `targetPort` on loopback, whose faults a test switches on and off. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const state = { mode: 'pass' as FaultMode, connections: 0, clientBytes: 0 };

  const server = createServer((client) => {
    state.connections += 1;
    sockets.add(client);
    if (state.mode === 'reset' || state.mode === 'refuse') {
      client.on('error', () => client.destroy());
      return state.mode === 'reset' ? client.resetAndDestroy() : client.destroy();
    }
    const target = connect(targetPort, '127.0.0.1');
    sockets.add(target);
    client.on('data', (chunk) => {
      state.clientBytes += chunk.length;
    });
    carry(client, target, () => state.mode, false);
    carry(target, client, () => state.mode, true);
    for (const socket of [client, target]) {
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        const other = socket === client ? target : client;
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get mode() {
      return state.mode;
    },
    set mode(mode: FaultMode) {
      state.mode = mode;
      if (mode === 'reset' || mode === 'refuse') for (const socket of sockets) socket.resetAndDestroy();
    },
    seen: state,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function carry(from: Socket, to: Socket, mode: () => FaultMode, answers: boolean): void {
  let passed = 0;
  from.on('data', (chunk) => {
    const now = mode();
    if (now === 'blackhole') return;
    if (typeof now === 'object' && 'delayMs' in now) {
      setTimeout(() => to.destroyed || to.write(chunk), now.delayMs);
      return;
    }
    if (answers && typeof now === 'object' && 'cutAfterBytes' in now) {
      const left = now.cutAfterBytes - passed;
      passed += chunk.length;
      if (left > 0) to.write(chunk.subarray(0, left));
      if (chunk.length >= left) setImmediate(() => to.resetAndDestroy());
      return;
    }
    to.write(chunk);
  });
}
