/** A request and an answer without a socket, so that the emulator runs over HTTP and within a process alike. */
export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Aborted when the client has left. */
  readonly signal?: AbortSignal;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What the body says, in JSON; it is the receiver's own. */
  readonly content: unknown;
}

/** The connection ends here, without an answer or in the middle of one. */
export class ConnectionCut extends Error {
  /** The answer of which half was sent before the cut, if anything was. */
  readonly half: WireAnswer | null;

  constructor(half: WireAnswer | null = null) {
    super('the connection was cut');
    this.half = half;
  }
}
