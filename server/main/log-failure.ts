import type { Failure } from '../core/failure.ts';
import type { Logger } from '../core/observe.ts';

/** Expected failures once at info, defects once at error with their private cause. */
export function logFailure(
  logger: Logger,
  failure: Failure,
  facts: { readonly path: string | undefined; readonly requestId: string },
): void {
  const line = { code: failure.code, path: facts.path, requestId: facts.requestId };
  if (failure.kind === 'internal') logger.error({ ...line, err: failure.cause }, 'request failed');
  else logger.info(line, 'request refused');
}
