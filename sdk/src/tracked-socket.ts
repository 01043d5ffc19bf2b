import type { WebSocketConstructor } from './options.ts';

/** What happens to the sockets of one client. */
export interface SocketEvents {
  opened(): void;
  /** The server's first message that is not a ping. */
  spoke(): void;
  /** The server refused the connection itself: an error that answers no request. */
  refused(errorData: unknown): void;
  closed(end: { readonly code: number; readonly spoke: boolean }): void;
}

/** A socket that is not open after this long is given up: some networks swallow the upgrade. */
const openTimeoutMs = 10_000;
/** How long a closing handshake may take; after that a socket that can be cut is cut. */
const closeTimeoutMs = 2_000;

interface RawSocket {
  readonly readyState: number;
  close(code?: number, reason?: string): void;
  terminate?(): void;
  addEventListener(
    type: string,
    listener: (event: { readonly code?: number; readonly data?: unknown }) => void,
  ): void;
}

/** A WebSocket class for the tRPC client that reports on its sockets and never waits for ever. */
export function trackedWebSocket(Implementation: WebSocketConstructor, events: SocketEvents) {
  const live = new Set<RawSocket>();
  function Tracked(url: string): RawSocket {
    const socket = raw(new Implementation(url));
    live.add(socket);
    watch(socket, events, () => live.delete(socket));
    return socket;
  }
  const constants = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };
  return {
    WebSocket: Object.assign(Tracked, constants) as unknown as typeof WebSocket,
    /** Closes whatever is open; the tRPC client reconnects while it has subscriptions. */
    closeAll: () => {
      for (const socket of live) closeSocket(socket);
    },
  };
}

function watch(socket: RawSocket, events: SocketEvents, forget: () => void): void {
  let spoke = false;
  const timer = setTimeout(() => socket.close(), openTimeoutMs);
  socket.addEventListener('open', () => {
    clearTimeout(timer);
    events.opened();
  });
  socket.addEventListener('message', ({ data }) => {
    if (data === 'PING' || data === 'PONG') return;
    const refusal = refusalIn(data);
    if (refusal) events.refused(refusal);
    else if (!spoke) {
      spoke = true;
      events.spoke();
    }
  });
  socket.addEventListener('close', ({ code }) => {
    clearTimeout(timer);
    forget();
    events.closed({ code: code ?? 1006, spoke });
  });
  // Without a listener the `ws` package throws a failed connection at the process; `close` follows and is enough.
  socket.addEventListener('error', () => {});
}

/** The error data of a message that answers no request: `{"id":null,"error":…}`. */
function refusalIn(data: unknown): unknown {
  if (typeof data !== 'string' || !data.startsWith('{"id":null')) return undefined;
  return JSON.parse(data)?.error?.data;
}

function closeSocket(socket: RawSocket): void {
  socket.close();
  const timer = setTimeout(() => socket.readyState !== 3 && socket.terminate?.(), closeTimeoutMs);
  socket.addEventListener('close', () => clearTimeout(timer));
}

/** Every WebSocket class has these members; the option's type lists only what callers must know. */
function raw(socket: object): RawSocket {
  return socket as RawSocket;
}
