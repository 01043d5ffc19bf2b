/** How the client's streams are connected. */
export interface ConnectionState {
  readonly status: 'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed';
  readonly transport: 'ws' | 'sse' | null;
  /** Failed tries in a row. */
  readonly failures: number;
}

/** Holds the state of the streams' connection and tells listeners of each change. */
export class Connection {
  #state: ConnectionState = { status: 'idle', transport: null, failures: 0 };
  readonly #listeners = new Set<(state: ConnectionState) => void>();

  get state(): ConnectionState {
    return this.#state;
  }

  set(change: Partial<ConnectionState>): void {
    const next = { ...this.#state, ...change };
    const { status, transport, failures } = this.#state;
    if (status === 'closed') return;
    if (next.status === status && next.transport === transport && next.failures === failures) return;
    this.#state = next;
    for (const listener of [...this.#listeners]) listener(next);
  }

  /** Calls `listener` on each change; the answer stops that. */
  onChange(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  forgetListeners(): void {
    this.#listeners.clear();
  }
}
