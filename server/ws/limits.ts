/** What one socket, one process and one moment may cost. Sources: issue 2 "Socket gateway", design/streaming.md 5.8, design/reliability.md H. */
export interface SocketLimits {
  /** Open sockets of one user, of one client address, and of this process. */
  readonly perUser: number;
  readonly perAddress: number;
  readonly perProcess: number;
  readonly subscriptions: number;
  /** Queries and mutations of one socket that run at a time, and that wait behind them. */
  readonly calls: number;
  readonly waitingCalls: number;
  readonly frameBytes: number;
  readonly fragments: number;
  readonly batch: number;
  /** Frames a second (control frames count) and refusals in a row after which a socket is closed as abusive. */
  readonly framesPerSecond: number;
  readonly refusalsInARow: number;
  /** Above the mark nothing is taken from streams; above the caps the socket goes. */
  readonly markBytes: number;
  readonly socketBufferBytes: number;
  readonly processBufferBytes: number;
  readonly stallMs: number;
  readonly authMs: number;
  readonly pingMs: number;
  readonly pongMs: number;
  readonly refreshMs: number;
  readonly sweepMs: number;
  /** How long a peer may take to answer our close frame. */
  readonly closeMs: number;
}

export const defaultLimits: SocketLimits = {
  perUser: 10,
  perAddress: 500,
  perProcess: 10_000,
  subscriptions: 20,
  calls: 32,
  waitingCalls: 64,
  frameBytes: 64 * 1024,
  fragments: 64,
  batch: 64,
  framesPerSecond: 1_000,
  refusalsInARow: 100,
  markBytes: 64 * 1024,
  socketBufferBytes: 1024 * 1024,
  processBufferBytes: 256 * 1024 * 1024,
  stallMs: 30_000,
  authMs: 5_000,
  pingMs: 25_000,
  // With the sweep of 1 s on both sides a peer that died just after a pong is gone after 25 + 1 + 8 + 1 = 35 s.
  pongMs: 8_000,
  refreshMs: 60_000,
  sweepMs: 1_000,
  closeMs: 5_000,
};
