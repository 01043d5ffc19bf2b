import { type AppId, appIds } from '../core/apps.ts';
import { Failure, toFailure } from '../core/failure.ts';
import { deeperThan } from '../core/json-guard.ts';
import { closeReasonOf } from './close-codes.ts';
import type { Connection } from './connection.ts';
import type { RefusalReason } from './options.ts';

/** How long a caller over its cap should wait; sockets live for minutes. */
const CAP_RETRY_MS = 30_000;
/** How long a refused socket stays to answer what is on its way. */
const LINGER_MS = 150;

/** The app a caller names, `global` (the hub) where it names none, as over HTTP. */
export function appOf(name: unknown): AppId {
  return appIds.find((id) => id === name) ?? 'global';
}

/** Resolves who is on the socket; then `opened` runs, or the socket is closed with a typed failure. */
export async function authenticate(
  connection: Connection,
  credential: { readonly token: string | null; readonly app: unknown },
  opened: () => void,
): Promise<void> {
  connection.phase = 'resolving';
  if (credential.app !== undefined) connection.app = appOf(credential.app);
  try {
    const { principals } = connection.hub.options;
    const { session, app } = connection;
    connection.actor = await principals.resolve({ token: credential.token, session, app });
    if (connection.phase !== 'resolving') return;
    const { rights } = connection.hub;
    if (connection.stale && connection.principal !== null)
      connection.actor = await rights.current(connection.principal);
    if (connection.phase !== 'resolving') return;
    rights.begin(connection);
    occupy(connection);
    connection.phase = 'open';
    opened();
  } catch (error) {
    connection.actor = null;
    turnAway(connection, toFailure(error));
  }
}

/** Counts the socket for its user and organisation. Throws `socket.too-many`. */
function occupy(connection: Connection): void {
  const { principal, hub } = connection;
  if (principal === null) return;
  const { users, organisations } = hub.occupancy;
  const organisationCap = hub.options.organisationCap(principal);
  if (users.of(principal.userId) >= hub.limits.perUser) throw tooMany('user-cap', hub.limits.perUser);
  if (organisations.of(principal.orgId) >= organisationCap)
    throw tooMany('organisation-cap', organisationCap);
  users.add(principal.userId);
  organisations.add(principal.orgId);
  connection.seat = { userId: principal.userId, orgId: principal.orgId };
}

function tooMany(cause: RefusalReason, limit: number): Failure {
  return new Failure('socket.too-many', { cause, retryAfterMs: CAP_RETRY_MS, limit: { limit, used: limit } });
}

/**
 * Tells the socket why it may not stay. It lingers a moment, so that the requests which the stock client sends right
 * after its connectionParams are answered by the failure too, instead of by a bare close.
 */
function turnAway(connection: Connection, failure: Failure): void {
  if (connection.phase === 'closed') return;
  const { cause } = failure.detail;
  const reason: RefusalReason = cause === 'user-cap' || cause === 'organisation-cap' ? cause : 'auth';
  const { metrics, logger } = connection.hub.options;
  metrics.refused(reason);
  const { address, app } = connection;
  logger.info({ event: 'socket.refused', reason, code: failure.code, address, app }, 'socket refused');
  connection.phase = 'refused';
  connection.refusal = failure;
  connection.refuse(null, failure);
  const inbox = connection.inbox ?? [];
  connection.inbox = null;
  for (const text of inbox) answerRefused(connection, text);
  setTimeout(() => leave(connection, failure), LINGER_MS).unref();
}

/** Answers the requests of a frame by the refusal, then closes: the stock client sends all that waits in one frame. */
export function answerRefused(connection: Connection, text: string): void {
  const { refusal } = connection;
  if (refusal === null) return;
  const ids = requestIds(text);
  for (const id of ids) connection.refuse(id, refusal);
  if (ids.length > 0) leave(connection, refusal);
}

function leave(connection: Connection, failure: Failure): void {
  connection.close(closeReasonOf(failure), undefined, failure.code);
}

function requestIds(text: string): (number | string)[] {
  const parsed = jsonOrNull(text);
  const batch: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return batch.flatMap((message) => {
    const id = typeof message === 'object' && message !== null && 'id' in message ? message.id : null;
    return typeof id === 'number' || typeof id === 'string' ? [id] : [];
  });
}

/** A refused caller's messages are read only for their ids; what cannot be read has none. */
function jsonOrNull(text: string): unknown {
  try {
    return deeperThan(text) ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
