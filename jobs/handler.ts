import type { Inngest, InngestFunction } from 'inngest';
import { serve } from 'inngest/edge';
import type { JobsHandler } from './local/protocol.ts';

/**
 * The app's side of Inngest's protocol, for `/api/inngest` (GET, POST, PUT). Outside of `dev` connections every
 * request must be signed: without a valid signature POST and PUT answer 401.
 */
export function createInngestHandler(options: {
  readonly client: Inngest;
  readonly functions: readonly InngestFunction.Any[];
  /** Lets anyone ask for a sync with the configured Inngest (its dev server and `curl -X PUT` do not sign). */
  readonly allowUnsignedSync?: boolean;
}): JobsHandler {
  const handle = serve({
    client: options.client,
    functions: [...options.functions],
    enableUnauthedSync: options.allowUnsignedSync ?? false,
  });
  return async (request) => handle(request);
}
