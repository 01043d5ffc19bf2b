import { EmbeddedPostgresError } from '../../db/embedded.ts';
import { ConfigError } from './config.ts';

const byCode: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'The port is taken, perhaps by a backend that is running already. Stop it, or set PORT to another one.',
  EACCES:
    'Not allowed to write the data folder or to open the port. Set DATA_DIR or PORT to ones you may use.',
  EROFS: 'The data folder is read-only. Set DATA_DIR to a folder you may write.',
  ECONNREFUSED: 'The database does not answer at DATABASE_URL.',
  CONNECT_TIMEOUT: 'The database does not answer at DATABASE_URL.',
  ENOTFOUND: 'The host of DATABASE_URL is not known.',
  '28P01': 'The database refuses the password of DATABASE_URL.',
  '28000': 'The database refuses the user of DATABASE_URL.',
  '3D000': 'The database named in DATABASE_URL does not exist.',
};

/** What a person needs to read when the start failed: never a stack trace, never a secret. */
export function startupFault(error: unknown): string {
  if (error instanceof ConfigError || error instanceof EmbeddedPostgresError) return error.message;
  if (!(error instanceof Error)) return 'The backend could not start.';
  // Drizzle's own message holds the parameters of the statement, which are people's data; the driver's error is its cause.
  if ('params' in error) return startupFault(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.startsWith('ERR_PARSE_ARGS')) return error.message;
  return byCode[code] ?? `The backend could not start: ${error.message}`;
}
