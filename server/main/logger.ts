import { type DestinationStream, pino } from 'pino';
import type { Logger } from '../core/observe.ts';
import type { Config } from './config.ts';

const secretKeys = [
  'authorization',
  'cookie',
  'token',
  'accessToken',
  'refreshToken',
  'apiKey',
  'password',
  'secret',
  'signingKey',
  'privateKey',
];

/** Every secret key at the top and one to three levels down: pino's `*` names one level only. */
const redactPaths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]);

/** Structured logs as JSON lines; values under keys that hold secrets never leave, at any depth we log. */
export function createLogger(config: Pick<Config, 'logLevel'>, destination?: DestinationStream): Logger {
  return pino(
    {
      level: config.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: redactPaths, censor: '[redacted]' },
      serializers: { err: errorFacts },
    },
    destination,
  );
}

const bearer = /(Bearer\s+|eyJ)[\w.~+/=-]{16,}/g;
const urlPassword = /(:\/\/[^:/\s]+:)[^@\s]+@/g;

function scrub(text: string): string {
  return text.replace(bearer, '[redacted]').replace(urlPassword, '$1[redacted]@');
}

/** What an error says without what it carried: drivers attach statements and parameters, vendors attach headers. */
function errorFacts(error: unknown): object {
  if (!(error instanceof Error)) return { message: scrub(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: errorFacts(error.cause) };
  return {
    type: error.name,
    message: scrub(error.message),
    ...code,
    stack: scrub(error.stack ?? ''),
    ...cause,
  };
}
