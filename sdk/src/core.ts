import type { ProcedureFlags } from '../contract/procedures.ts';
import { type CallRuntime, call } from './calls.ts';
import type { ClientBase } from './client-base.ts';
import type { ClientOf } from './client-types.ts';
import { Connection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { sdkError } from './errors.ts';
import { FetchEventSource } from './fetch-event-source.ts';
import { makeGuest, sourceParts, viewSession } from './identity-calls.ts';
import { buildLinks, routeOf, type UntypedClient } from './links.ts';
import { type RepSpheresOptions, type Settings, settingsOf, type WebSocketConstructor } from './options.ts';
import { paginate } from './paginate.ts';
import { procedureTree } from './procedure-tree.ts';
import type { RunRuntime } from './runs.ts';
import { openSession } from './session-wiring.ts';
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
  const asking = { options, settings, table, calls: () => calls };
  const guest = makeGuest(asking);
  const { credentials, state } = openSession({
    options,
    guest,
    source: sourceParts(asking),
    view: (guestToken) => viewSession(calls, guestToken),
    endStreams: (error) => transports.endAll(error),
    reconnect: () => transports.reconnect(),
  });
  const onRights = () => state.onRights();
  const transports = new TransportChoice(settings.transport, (choice) =>
    makeSocket({ options, settings, credentials, connection, choice, onRights }),
  );
  const EventSource = options.EventSource ?? FetchEventSource;
  const client = buildLinks({ settings, socket: transports.socket?.client ?? null, EventSource });
  const calls = callRuntime({ settings, client, credentials, closing: closing.signal });
  const streams: SubscriptionRuntime = { client, credentials, connection, transports, onRights };

  const runtime: RunRuntime = {
    subscribe: (request, sink) => {
      if (closing.signal.aborted) throw sdkError('sdk.closed', { path: request.path });
      return new LiveSubscription(streams, request, sink);
    },
    query: (path, input) => call(calls, { path, input, flags: flagsOf(table, path), options: {} }),
    mutate: (path, input, idempotencyKey) =>
      call(calls, { path, input, flags: flagsOf(table, path), options: { idempotencyKey } }),
  };
  const close = async () => {
    if (closing.signal.aborted) return;
    closing.abort(sdkError('sdk.closed'));
    guest?.close();
    state.close();
    transports.failAll(sdkError('sdk.closed'));
    await transports.socket?.close();
    connection.set({ status: 'closed', transport: null, failures: 0 });
    connection.forgetListeners();
  };

  return {
    runtime,
    tree: procedureTree<Api>(table, {
      call: async (path, input, callOptions) => {
        const answer = await call(calls, { path, input, flags: flagsOf(table, path), options: callOptions });
        await state.onCalled(path);
        return answer;
      },
      subscribe: (request, sink) => runtime.subscribe(request, sink),
    }),
    base: {
      session: state.client(),
      paginate,
      connectionState: () => connection.state,
      onConnectionState: (listener) => connection.onChange(listener),
      reauthenticate: () => transports.reconnect(),
      close,
    },
  };
}

interface CallParts extends Pick<CallRuntime, 'credentials' | 'closing'> {
  readonly settings: Settings;
  readonly client: UntypedClient;
}

function callRuntime({ settings, client, credentials, closing }: CallParts): CallRuntime {
  const { timeoutMs, maxRetries, logger } = settings;
  return {
    ...{ credentials, timeoutMs, maxRetries, logger, closing },
    // No input is sent as an empty object: a POST without a body is not JSON.
    send: ({ path, flags, input, token, idempotencyKey, withCookie, signal }) => {
      const context = { route: withCookie ? 'cookie' : routeOf(flags, input), token, idempotencyKey };
      return flags.kind === 'query'
        ? client.query(path, input ?? {}, { context, signal })
        : client.mutation(path, input ?? {}, { context, signal });
    },
  };
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
  onRights(): void;
}

function makeSocket({ options, choice, ...rest }: SocketNeeds): Socket | null {
  const WebSocket = options.WebSocket ?? globalWebSocket();
  const { transport } = rest.settings;
  if (transport === 'sse') return null;
  if (!WebSocket) {
    if (transport === 'auto') return null;
    throw new TypeError('createRepSpheres: no global WebSocket; give one as `WebSocket`');
  }
  return new Socket({
    ...rest,
    WebSocket,
    onBlocked: () => choice.blocked(),
    onRefused: (error) => choice.failAll(error),
  });
}

function globalWebSocket(): WebSocketConstructor | undefined {
  return typeof WebSocket === 'function' ? WebSocket : undefined;
}
