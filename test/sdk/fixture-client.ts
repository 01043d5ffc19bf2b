import { WebSocket } from 'ws';
import { createCore } from '../../sdk/src/core.ts';
import type { RepSpheresOptions } from '../../sdk/src/options.ts';
import { runCalls } from '../../sdk/src/runs.ts';
import type { Api } from './fixture-contract/api.ts';
import { procedures } from './fixture-contract/procedures.ts';

/** A client of the fixture router, built as `createRepSpheres` builds the real one; closed when its scope ends. */
export function fixtureClient(url: string, options: Partial<RepSpheresOptions> = {}) {
  const core = createCore<Api>({ url, app: 'crm', WebSocket, ...options }, procedures);
  const streams = runCalls(core.runtime);
  return {
    ...core.tree,
    ...core.base,
    streams,
    [Symbol.asyncDispose]: () => core.base.close(),
  };
}

/** Signed in as this user, without refresh. */
export function signedIn(token = 'user:1'): Partial<RepSpheresOptions> {
  return { getAccessToken: () => token };
}
