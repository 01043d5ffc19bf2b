import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { bearerOf } from '../core/bearer.ts';
import { statusOf } from '../core/catalog.ts';
import { Failure } from '../core/failure.ts';
import type { RightsHolder } from '../modules/identity/live-rights.ts';
import type { Hub } from './hub.ts';
import { addressKey } from './occupancy.ts';
import type { RefusalReason } from './options.ts';

/** What the checks left to know of an upgrade that may go on. */
export interface AllowedUpgrade {
  readonly address: string;
  readonly query: URLSearchParams;
  /** The bearer token of a caller that is not a browser. */
  readonly token: string | null;
  /** The session token of a browser's cookie. */
  readonly session: string | null;
  readonly app: string | null;
}

export interface RefusedUpgrade {
  readonly reason: RefusalReason;
  readonly failure: Failure;
  readonly status?: number;
}

/** Names under which tokens get into URLs, and from there into the logs of every proxy; refused so that nobody starts. */
const TOKEN_NAMES =
  /^(?:.*token.*|auth|authorization|bearer|jwt|ticket|api[-_]?key|key|session|sid|secret|password)$/i;
const JWT_VALUE = /^ey[\w-]{8,}\.[\w-]+\.[\w-]*$/;
const RETRY_BASE_MS = 5_000;
const RETRY_SPREAD_MS = 10_000;

function single(header: string | string[] | undefined): string | null {
  return typeof header === 'string' ? header : null;
}

function retryAfterMs(): number {
  return RETRY_BASE_MS + Math.floor(Math.random() * RETRY_SPREAD_MS);
}

function carriesToken(query: URLSearchParams): boolean {
  for (const [name, value] of query) if (TOKEN_NAMES.test(name) || JWT_VALUE.test(value)) return true;
  return false;
}

/** Decides an upgrade from its request line and headers alone, before anything is allocated for it. */
export function checkUpgrade<Socket extends RightsHolder>(
  hub: Hub<Socket>,
  req: IncomingMessage,
): AllowedUpgrade | RefusedUpgrade {
  const { options, limits } = hub;
  const [path = '', search = ''] = (req.url ?? '').split('?', 2);
  if (path !== options.path && path !== `${options.path}/`) {
    return { reason: 'path', failure: new Failure('request.unknown-procedure'), status: 404 };
  }
  if (!options.originAllowed(req.headers.origin))
    return { reason: 'origin', failure: new Failure('auth.origin-refused') };
  const query = new URLSearchParams(search);
  if (carriesToken(query)) {
    const message = 'Tokens are not accepted in the address; send connectionParams.';
    return { reason: 'query-token', failure: new Failure('request.invalid', { message }) };
  }
  if (hub.draining) {
    const failure = new Failure('server.draining', { retryAfterMs: retryAfterMs() });
    return { reason: 'draining', failure, status: 503 };
  }
  if (hub.sockets.size >= limits.perProcess) {
    const failure = new Failure('server.overloaded', { retryAfterMs: retryAfterMs() });
    return { reason: 'process-cap', failure, status: 503 };
  }
  const address = options.addressOf(req);
  if (hub.occupancy.addresses.of(addressKey(address)) >= limits.perAddress) {
    return {
      reason: 'address-cap',
      failure: new Failure('socket.too-many', { retryAfterMs: retryAfterMs() }),
    };
  }
  const token = bearerOf(req.headers.authorization);
  // Only with an Origin, which was checked above: that is what a page elsewhere cannot forge.
  const session = req.headers.origin === undefined ? null : (options.sessionOf?.(req.headers.cookie) ?? null);
  const app = single(req.headers['x-repspheres-app']) ?? query.get('app');
  return { address, query, token, session, app };
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/** Answers a refused upgrade over the bare socket and ends it. */
export function answerRefusal(socket: Duplex, refusal: RefusedUpgrade): void {
  const { failure } = refusal;
  const status = refusal.status ?? statusOf(failure.code).httpStatus;
  const body = JSON.stringify({ failure: failure.toPublic() });
  const wait = failure.detail.retryAfterMs;
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(wait === undefined ? [] : [`Retry-After: ${Math.ceil(wait / 1_000)}`]),
  ];
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
