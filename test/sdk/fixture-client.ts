import { WebSocket } from 'ws';
import { createCore } from '../../sdk/src/core.ts';
import type { FetchFunction, RepSpheresOptions } from '../../sdk/src/options.ts';
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

/** A tab of the browser whose cookies these are: it shares its session with the other tabs of this process. */
export function tab(
  url: string,
  cookies: { session: string | null },
  options: Partial<RepSpheresOptions> = {},
) {
  return fixtureClient(url, {
    session: 'cookie',
    acrossTabs: true,
    fetch: browserFetch(cookies),
    ...options,
  });
}

/** Sends cookies as a browser does: only where the request says so. */
export function browserFetch(cookies: { session: string | null }): FetchFunction {
  return (url, init) => {
    const headers = new Headers(init?.headers);
    if (init?.credentials === 'include' && cookies.session)
      headers.set('cookie', `session=${cookies.session}`);
    return fetch(url, { ...init, headers });
  };
}
