import type { GuestStorage } from './options.ts';

interface Location {
  readonly href: string;
  readonly pathname: string;
  assign(url: string): void;
}

/** What a page has and Node has not; the SDK is compiled without the types of browsers. */
interface PageGlobals {
  readonly location?: Location;
  readonly history?: {
    readonly state: unknown;
    replaceState(state: unknown, title: string, url: string): void;
  };
  readonly localStorage?: GuestStorage;
}

function globals(): PageGlobals {
  return globalThis as unknown as PageGlobals;
}

/** A page or a worker of one: its origin belongs to one person. Node has no `location`. */
export function isBrowser(): boolean {
  return typeof globals().location === 'object';
}

/** The address of the page. Throws a TypeError where there is none, as in Node. */
export function page(): Location {
  const { location } = globals();
  if (!location) throw new TypeError('signing in needs a page that can be left; there is none here');
  return location;
}

/** A code is no longer worth anything; it need not stay in the address, the history and the next referrer. */
export function cleanAddress(url: string): void {
  const { location, history } = globals();
  if (location?.href === url) history?.replaceState(history.state, '', location.pathname);
}

/** The storage all tabs of the origin share; the memory where there is none, or the browser refuses it. */
export function pageStorage(): GuestStorage {
  try {
    const { localStorage } = globals();
    if (isBrowser() && localStorage) return localStorage;
  } catch {
    // Storage is blocked for this page: the sign-in lasts as long as the page.
  }
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
}
