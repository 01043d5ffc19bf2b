import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import { appOf } from './authentication.ts';
import { Connection } from './connection.ts';
import type { Hub } from './hub.ts';
import { countFrame, receive, startWithoutParams } from './inbound.ts';
import { addressKey } from './occupancy.ts';
import type { AllowedUpgrade } from './upgrade-check.ts';

/** The library's socket with our state on it, so that all sockets share their listeners. */
export class GatewaySocket extends WebSocket {
  connection: Connection | null = null;
}

function connectionOf(ws: WebSocket): Connection | null {
  return ws instanceof GatewaySocket ? ws.connection : null;
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  const connection = connectionOf(this);
  // `binaryType` is left at nodebuffer, so data is one Buffer.
  if (connection !== null && Buffer.isBuffer(data)) receive(connection, data, isBinary);
}

function onPing(this: WebSocket, data: Buffer): void {
  const connection = connectionOf(this);
  if (connection !== null && connection.phase !== 'closed' && countFrame(connection)) this.pong(data);
}

function onPong(this: WebSocket): void {
  const connection = connectionOf(this);
  if (connection !== null && connection.phase !== 'closed') countFrame(connection);
}

/** The code the library closes with after an error of its receiver. */
function codeOf(error: Error): number {
  switch ('code' in error ? error.code : undefined) {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
      return 1009;
    case 'WS_ERR_INVALID_UTF8':
      return 1007;
    case 'WS_ERR_TOO_MANY_BUFFERED_PARTS':
      return 1008;
    case 'ECONNRESET':
    case 'EPIPE':
      return 1006;
    default:
      return 1002;
  }
}

function onError(this: WebSocket, error: Error): void {
  const connection = connectionOf(this);
  if (connection === null) return;
  const code = codeOf(error);
  const facts = { event: 'socket.error', code, address: connection.address, err: error };
  connection.hub.options.logger.info(facts, 'socket error');
  connection.end(code);
}

function onClose(this: WebSocket, code: number): void {
  const connection = connectionOf(this);
  if (connection === null) return;
  if (this instanceof GatewaySocket) this.connection = null;
  connection.end(code);
  const { hub } = connection;
  hub.sockets.delete(connection);
  hub.occupancy.addresses.remove(addressKey(connection.address));
  hub.budget.record(connection.outlet, 0);
  hub.options.metrics.closed(connection.closeCode);
}

/** Makes an upgraded socket ours: counted, listened to, and on its way to a principal. */
export function attach(
  hub: Hub<Connection>,
  ws: GatewaySocket,
  peer: { readonly socket: Duplex; readonly check: AllowedUpgrade },
): void {
  const { check, socket } = peer;
  if (!(socket instanceof Socket)) throw new TypeError('the gateway serves TCP and TLS sockets');
  const waitsForParams = check.query.get('connectionParams') === '1';
  const phase = waitsForParams ? 'params' : 'resolving';
  const connection = new Connection(hub, {
    ws,
    socket,
    address: check.address,
    app: appOf(check.app),
    session: check.session,
    phase,
  });
  ws.connection = connection;
  ws.on('message', onMessage);
  ws.on('ping', onPing);
  ws.on('pong', onPong);
  ws.on('error', onError);
  ws.on('close', onClose);
  hub.sockets.add(connection);
  hub.occupancy.addresses.add(addressKey(check.address));
  hub.options.metrics.opened();
  if (!waitsForParams) startWithoutParams(connection, check.token);
}
