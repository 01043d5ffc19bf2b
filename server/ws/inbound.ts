import { Failure } from '../core/failure.ts';
import { answerRefused, authenticate } from './authentication.ts';
import type { Connection } from './connection.ts';
import { parseConnectionParams, parseJson, parseMessage } from './protocol.ts';
import { openSubscription, startCall, stopSubscription } from './requests.ts';

const INBOX_FRAMES = 64;

/** Counts a frame of any kind; false when the socket was closed because it sends too many. */
export function countFrame(connection: Connection): boolean {
  const second = Math.floor(connection.hub.clock.now() / 1_000);
  if (second !== connection.frameSecond) {
    connection.frameSecond = second;
    connection.framesInSecond = 0;
  }
  connection.framesInSecond += 1;
  if (connection.framesInSecond <= connection.hub.limits.framesPerSecond) return true;
  connection.close('policy', new Failure('request.rate-limited', { retryAfterMs: 1_000 }));
  return false;
}

/** One data frame of the peer. Whatever is not tRPC's protocol is answered once and ends the socket. */
export function receive(connection: Connection, data: Buffer, isBinary: boolean): void {
  if (connection.phase === 'closed' || !countFrame(connection)) return;
  if (isBinary) {
    connection.close(
      'badMessage',
      new Failure('request.invalid', { message: 'Binary frames are not used here.' }),
    );
    return;
  }
  const text = data.toString('utf8');
  if (text === 'PONG') return;
  if (text === 'PING') connection.send('PONG');
  else receiveText(connection, text);
}

function receiveText(connection: Connection, text: string): void {
  try {
    if (connection.phase === 'params') {
      const params = parseConnectionParams(parseJson(text));
      void authenticate(connection, params, () => replay(connection));
    } else if (connection.phase === 'resolving') {
      keep(connection, text);
    } else if (connection.phase === 'refused') {
      answerRefused(connection, text);
    } else {
      dispatch(connection, text);
    }
  } catch (error) {
    if (error instanceof Failure) connection.close('badMessage', error);
    else connection.broken(error);
  }
}

function keep(connection: Connection, text: string): void {
  connection.inbox ??= [];
  connection.inbox.push(text);
  if (connection.inbox.length > INBOX_FRAMES)
    throw new Failure('request.invalid', { message: 'Too many messages.' });
}

/** Resolves who opened a socket without connectionParams: by its Authorization header, or as nobody. */
export function startWithoutParams(connection: Connection, token: string | null): void {
  void authenticate(connection, { token, app: undefined }, () => replay(connection));
}

/** The messages that came while the principal was resolved, in order. */
function replay(connection: Connection): void {
  const inbox = connection.inbox ?? [];
  connection.inbox = null;
  for (const text of inbox) if (connection.phase === 'open') receiveText(connection, text);
}

function dispatch(connection: Connection, text: string): void {
  const parsed = parseJson(text);
  const batch: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  if (batch.length > connection.hub.limits.batch) throw new Failure('request.too-large');
  const messages = batch.map((raw) => parseMessage(raw, connection.router));
  connection.heard = true;
  messages.forEach((message, index) => {
    if (message.method === 'subscription.stop') stopSubscription(connection, message.id);
    else if (message.method === 'subscription') void openSubscription(connection, message, index);
    else startCall(connection, message, index);
  });
}
