import type { ProcedureFlags } from '../contract/procedures.ts';
import { type CallRuntime, call } from './calls.ts';
import type { ClientBase } from './client-base.ts';
import type { ClientOf } from './client-types.ts';
import { Connection } from './connection.ts';
import { Credentials } from './credentials.ts';
import { sdkError } from './errors.ts';
import { FetchEventSource } from './fetch-event-source.ts';
import { Guest, isGuestToken } from './guest.ts';
import { buildLinks, routeOf } from './links.ts';
import { type RepSpheresOptions, type Settings, settingsOf, type WebSocketConstructor } from './options.ts';
import { paginate } from './paginate.ts';
import { procedureTree } from './procedure-tree.ts';
import type { RunRuntime } from './runs.ts';
import { Socket } from './socket.ts';
import { LiveSubscription, type SubscriptionRuntime } from './subscription.ts';
import { TransportChoice } from './transport-choice.ts';

export type ProcedureTable = { readonly [path: string]: ProcedureFlags };

export interface Core<Api> {
  readonly tree: ClientOf<Api>;
  readonly base: ClientBase;
  readonly runtime: RunRuntime;
}

/** Everything a client is made of, for any contract: the tests bring their own. */
export function createCore<Api>(options: RepSpheresOptions, table: ProcedureTable): Core<Api> {
  const settings = settingsOf(options);
  const closing = new AbortController();
  const connection = new Connection();
  const guest = makeGuest(options, settings, table, () => calls);
  const credentials = new Credentials(options, guest);
  const transports = new TransportChoice(settings.transport, (choice) =>
    makeSocket({ options, settings, credentials, connection, choice }),
  );
  const EventSource = options.EventSource ?? FetchEventSource;
  const client = buildLinks({ settings, socket: transports.socket?.client ?? null, EventSource });

  const { timeoutMs, maxRetries, logger } = settings;
  const calls: CallRuntime = {
    ...{ credentials, timeoutMs, maxRetries, logger, closing: closing.signal },
    // No input is sent as an empty object: a POST without a body is not JSON.
    send: ({ path, flags, input, token, idempotencyKey, signal }) => {
      const context = { route: routeOf(flags, input), token, idempotencyKey };
      return flags.kind === 'query'
        ? client.query(path, input ?? {}, { context, signal })
        : client.mutation(path, input ?? {}, { context, signal });
    },
  };
  const streams: SubscriptionRuntime = { client, credentials, connection, transports };

  const runtime: RunRuntime = {
    subscribe: (request, sink) => {
      if (closing.signal.aborted) throw sdkError('sdk.closed', { path: request.path });
      return new LiveSubscription(streams, request, sink);
    },
    mutate: (path, input, idempotencyKey) =>
      call(calls, { path, input, flags: flagsOf(table, path), options: { idempotencyKey } }),
  };

  return {
    runtime,
    tree: procedureTree<Api>(table, {
      call: (path, input, callOptions) =>
        call(calls, { path, input, flags: flagsOf(table, path), options: callOptions }),
      subscribe: (request, sink) => runtime.subscribe(request, sink),
    }),
    base: {
      paginate,
      connectionState: () => connection.state,
      onConnectionState: (listener) => connection.onChange(listener),
      reauthenticate: () => transports.reconnect(),
      close: async () => {
        if (closing.signal.aborted) return;
        closing.abort(sdkError('sdk.closed'));
        guest?.close();
        transports.failAll(sdkError('sdk.closed'));
        await transports.socket?.close();
        connection.set({ status: 'closed', transport: null, failures: 0 });
        connection.forgetListeners();
      },
    },
  };
}

/** The guest starts and renews itself by ordinary calls, signed with its own token only. */
function makeGuest(
  options: RepSpheresOptions,
  settings: Settings,
  table: ProcedureTable,
  calls: () => CallRuntime,
): Guest | null {
  const ask = async (path: string, token: string | null) => {
    const credentials = new Credentials({ getAccessToken: () => token }, null);
    const flags: ProcedureFlags = { kind: 'mutation', public: true };
    const made = await call({ ...calls(), credentials }, { path, flags, input: undefined });
    if (!isGuestToken(made)) throw sdkError('sdk.unexpected-answer', { path });
    return made;
  };
  if (!settings.guests || !table['identity.startGuest']) return null;
  return new Guest({
    start: () => ask('identity.startGuest', null),
    ...(table['identity.renewToken'] ? { renew: (token: string) => ask('identity.renewToken', token) } : {}),
    ...(options.storage ? { storage: options.storage } : {}),
  });
}

function flagsOf(table: ProcedureTable, path: string): ProcedureFlags {
  const flags = table[path];
  if (!flags) throw new TypeError(`this SDK knows no procedure ${path}`);
  return flags;
}

interface SocketNeeds {
  readonly options: RepSpheresOptions;
  readonly settings: Settings;
  readonly credentials: Credentials;
  readonly connection: Connection;
  readonly choice: TransportChoice;
}

function makeSocket({ options, settings, credentials, connection, choice }: SocketNeeds): Socket | null {
  const WebSocket = options.WebSocket ?? globalWebSocket();
  if (settings.transport === 'sse') return null;
  if (!WebSocket) {
    if (settings.transport === 'auto') return null;
    throw new TypeError('createRepSpheres: no global WebSocket; give one as `WebSocket`');
  }
  return new Socket({
    ...{ settings, WebSocket, credentials, connection },
    onBlocked: () => choice.blocked(),
    onRefused: (error) => choice.failAll(error),
  });
}

function globalWebSocket(): WebSocketConstructor | undefined {
  return typeof WebSocket === 'function' ? WebSocket : undefined;
}
