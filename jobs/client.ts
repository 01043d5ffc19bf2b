import { Inngest } from 'inngest';
import type { Logger } from '../server/core/observe.ts';

/** How to reach whatever runs the jobs. `dev` is Inngest's dev server: it signs nothing, so it is for development only. */
export type JobsConnection =
  | { readonly kind: 'local'; readonly signingKey: string; readonly fetch: typeof fetch }
  | {
      readonly kind: 'inngest';
      readonly eventKey: string;
      readonly signingKey: string;
      readonly signingKeyFallback?: string;
      /** For a self-hosted Inngest; Inngest Cloud without it. */
      readonly baseUrl?: string;
    }
  | { readonly kind: 'dev'; readonly baseUrl: string };

/** The app's name at Inngest: prefix of every function id. */
export const appId = 'repspheres';

/** The Inngest client of this app. All connections but `dev` run in cloud mode, so signatures are checked. */
export function createJobsClient(connection: JobsConnection, logger: Logger): Inngest {
  const shared = { id: appId, logger: sdkLogger(logger), aiMetadata: false };
  switch (connection.kind) {
    case 'local':
      return new Inngest({
        ...shared,
        isDev: false,
        eventKey: 'local',
        signingKey: connection.signingKey,
        baseUrl: 'http://jobs.local/',
        fetch: connection.fetch,
      });
    case 'inngest':
      return new Inngest({
        ...shared,
        isDev: false,
        eventKey: connection.eventKey,
        signingKey: connection.signingKey,
        signingKeyFallback: connection.signingKeyFallback,
        baseUrl: connection.baseUrl,
      });
    case 'dev':
      return new Inngest({ ...shared, isDev: true, baseUrl: connection.baseUrl });
  }
}

function refusal(fields: { err?: unknown; method?: unknown }): object {
  return { method: fields.method, reason: fields.err instanceof Error ? fields.err.message : undefined };
}

/** The SDK logs text first or fields first; ours takes fields first. */
function sdkLogger(logger: Logger) {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...args: unknown[]) => {
      const text = args.find((arg) => typeof arg === 'string');
      const fields = args.find((arg) => typeof arg === 'object' && arg !== null) ?? {};
      // The SDK calls it an error when a stranger knocks; to us it is a refusal, and its stack says nothing.
      if (text === 'Signature validation failed') logger.info(refusal(fields), 'job call refused');
      else logger[level](fields, text);
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
