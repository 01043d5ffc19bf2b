import { WebSocket } from 'ws';
import { createRepSpheres } from '../../sdk/src/client.ts';
import type { FetchFunction, RepSpheresOptions } from '../../sdk/src/options.ts';
import type { Browser } from '../support/browser.ts';

/** A page in a tab of a browser, with the SDK: its requests carry cookies as the browser would, its socket carries none. */
export function browserTab(browser: Browser, at: Pick<RepSpheresOptions, 'url' | 'app' | 'transport'>) {
  const { origin } = browser;
  const fetchAsBrowser: FetchFunction = (url, init) =>
    init?.credentials === 'include'
      ? browser.request(new URL(url).pathname, init)
      : fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), origin } });
  class OwnSocket extends WebSocket {
    constructor(url: string) {
      super(url, { origin });
    }
  }
  const client = createRepSpheres({
    ...{ ...at, session: 'cookie', acrossTabs: true },
    ...{ fetch: fetchAsBrowser, WebSocket: OwnSocket },
  });
  const changes: string[] = [];
  client.session.onChange(({ type, by }) => changes.push(`${type} ${by}`));
  return { ...client, changes, [Symbol.asyncDispose]: () => client.close() };
}
