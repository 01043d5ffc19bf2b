import type { CallOptions, Query } from './client-types.ts';
import type { ConnectionState } from './connection.ts';
import type { Page } from './paginate.ts';
import type { SessionClient } from './session-types.ts';

/** What every client has besides its procedures. */
export interface ClientBase {
  readonly session: SessionClient;
  /** Every item of a list, page by page: `for await (const one of client.paginate(client.conversations.list, {}))`. */
  paginate<Input, Item>(
    procedure: Query<Input, Page<Item>>,
    input: Input,
    options?: CallOptions,
  ): AsyncGenerator<Item, void, undefined>;
  /** How the streams are connected now. Calls do not count. */
  connectionState(): ConnectionState;
  /** Tells of each change of `connectionState()`; the answer stops that. */
  onConnectionState(listener: (state: ConnectionState) => void): () => void;
  /** For apps that give `getAccessToken`, after signing in or out: open streams reconnect as the person who is there now. */
  reauthenticate(): void;
  /** Ends every call and stream with `sdk.closed` and frees everything. Resolves when nothing is left open. */
  close(): Promise<void>;
}
