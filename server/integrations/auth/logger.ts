import type { BetterAuthOptions } from 'better-auth';
import { isAPIError } from 'better-auth/api';
import type { Logger } from '../../core/observe.ts';

/**
 * The library's log lines in ours. Only its own words and the kinds of errors pass: its arguments can hold query
 * parameters, and with them session tokens; and its words can end with an address or URL somebody sent.
 */
export function safeLogger(logger: Logger): NonNullable<BetterAuthOptions['logger']> {
  return {
    level: 'warn',
    disableColors: true,
    log(level, message, ...facts) {
      const text = String(message).split(/[:\n]/, 1)[0] ?? '';
      const errors = facts.filter((fact) => fact instanceof Error).map((error) => error.name);
      const line = { part: 'sign-in', errors };
      if (level === 'error') logger.warn(line, text);
      else logger.info(line, text);
    },
  };
}

/** What an endpoint of the library threw: a refusal of its own is told by name, a defect as any of ours. */
export function errorLog(logger: Logger): (error: unknown) => void {
  return (error) => {
    if (isAPIError(error)) logger.debug({ part: 'sign-in', status: error.status }, 'refused');
    else logger.error({ part: 'sign-in', err: error }, 'sign-in failed');
  };
}
