import { PoolTimeout } from '../../db/client.ts';
import { Failure } from './failure.ts';

/** SQLSTATE classes a caller may meet without any fault of ours. Source: PostgreSQL manual, appendix A. */
const byState: Readonly<Record<string, 'request.invalid' | 'request.timeout' | 'server.unavailable'>> = {
  '22021': 'request.invalid', // character_not_in_repertoire: a NUL in a text
  '22P05': 'request.invalid', // untranslatable_character: a NUL in JSON
  '57014': 'request.timeout', // query_canceled: statement_timeout
  '55P03': 'server.unavailable', // lock_not_available: lock_timeout
  '40001': 'server.unavailable', // serialization_failure after our retries
  '40P01': 'server.unavailable', // deadlock_detected after our retries
  '53300': 'server.unavailable', // too_many_connections
  '57P01': 'server.unavailable', // admin_shutdown
  '57P02': 'server.unavailable', // crash_shutdown
  '57P03': 'server.unavailable', // cannot_connect_now
};

const unreachable = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'ECONNREFUSED',
  'ECONNRESET',
]);

/** Turns what the driver throws into the Failure it means; passes everything else on untouched. */
export function databaseFailure(error: unknown): unknown {
  if (error instanceof PoolTimeout)
    return new Failure('server.unavailable', { cause: error, retryAfterMs: 1000 });
  const root =
    error instanceof Error && error.cause instanceof Error && !(error instanceof Failure)
      ? error.cause
      : error;
  if (typeof root !== 'object' || root === null || !('code' in root) || typeof root.code !== 'string')
    return error;
  const code = byState[root.code] ?? (unreachable.has(root.code) ? 'server.unavailable' : undefined);
  if (code === undefined) return error;
  return new Failure(code, { cause: error, ...(code === 'request.invalid' ? {} : { retryAfterMs: 1000 }) });
}
