import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import type { Logger } from '../core/observe.ts';
import type { Config } from './config.ts';
import { redactFields } from './redaction.ts';

/** Structured logs as JSON lines; secrets never leave, at any depth, in errors and in their causes. */
export function createLogger(config: Pick<Config, 'logLevel'>, destination?: DestinationStream): Logger {
  const logger = pino(
    {
      level: config.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { log: (fields) => redactFields(fields) },
      // Pino's own would write an error with everything it carries.
      serializers: { err: (facts: unknown) => facts },
    },
    destination,
  );
  return redacting(logger);
}

/** Pino drops its own formatter of bindings in children. */
function redacting(logger: PinoLogger): Logger {
  return {
    debug: logger.debug.bind(logger),
    info: logger.info.bind(logger),
    warn: logger.warn.bind(logger),
    error: logger.error.bind(logger),
    child: (fields) => redacting(logger.child(redactFields(fields))),
  };
}
