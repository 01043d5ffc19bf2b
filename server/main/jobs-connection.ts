import type { JobsRuntimeOptions } from '../../jobs/runtime.ts';
import type { Config } from './config.ts';

/** Who runs the durable functions: Inngest as configured, its dev server, or (null) the local executor. */
export function jobsConnection({ inngest }: Pick<Config, 'inngest'>): JobsRuntimeOptions['remote'] {
  if (inngest === null) return null;
  const { devUrl, eventKey, signingKey, signingKeyFallback, baseUrl } = inngest;
  if (devUrl !== null) return { kind: 'dev', baseUrl: devUrl };
  if (eventKey === null || signingKey === null) return null;
  return {
    ...{ kind: 'inngest', eventKey, signingKey },
    ...(signingKeyFallback === null ? {} : { signingKeyFallback }),
    ...(baseUrl === null ? {} : { baseUrl }),
  };
}
