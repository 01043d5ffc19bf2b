import type { AppId } from '../contract/platform.ts';
import type { RepSpheresError } from './errors.ts';
import type { RedirectSession } from './session-types.ts';

export type Transport = 'auto' | 'ws' | 'sse';

export type FetchFunction = (url: string, init?: RequestInit) => Promise<Response>;

/** A WebSocket class as browsers, Node 22 and the `ws` package have it. */
export type WebSocketConstructor = new (
  url: string,
) => {
  readonly readyState: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
};

/** Where a guest's token survives a reload; `localStorage` fits. */
export interface GuestStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

export interface Logger {
  debug?(message: string, detail?: Readonly<Record<string, unknown>>): void;
  warn?(message: string, detail?: Readonly<Record<string, unknown>>): void;
}

export interface RepSpheresOptions {
  /** Where the API lives, e.g. `https://api.example.com`; `/trpc` is added. */
  readonly url: string;
  /** Where sockets are opened. Default: `url` with `ws` for `http`, and `/trpc`. */
  readonly wsUrl?: string;
  /** Which app is calling. */
  readonly app: AppId;
  /**
   * The access token of the signed-in person, or null for nobody. Asked before each call: answer from memory.
   * With `forceRefresh` the last token was refused: fetch a new one. Never asked twice at the same time for that.
   */
  readonly getAccessToken?: (ask: {
    readonly forceRefresh: boolean;
  }) => string | null | Promise<string | null>;
  /**
   * How the session is kept where no `getAccessToken` is given. `cookie`: by the cookie of the apps' common domain;
   * `none`: nobody signs in; `redirectSession(…)`: on another site. Default: `cookie` in a browser, else `none`.
   */
  readonly session?: 'cookie' | 'none' | RedirectSession;
  /**
   * Whether every client of this origin serves one person: tabs then share tokens and sign-outs. Default: true in a
   * browser. Never true in a server's process, which serves many people.
   */
  readonly acrossTabs?: boolean;
  /** The person's sign-in is refused even with a fresh token: show the sign-in page. */
  readonly onUnauthorized?: (error: RepSpheresError) => void;
  /** Cookies with HTTP calls, as for `fetch`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include';
  /** Milliseconds for one call, repeats included. Default 30,000. */
  readonly timeoutMs?: number;
  /** How often a call that is safe to repeat is repeated. Default 2. */
  readonly maxRetries?: number;
  /** Whether to act as a guest where nobody is signed in and a call needs somebody. Default true. */
  readonly guests?: boolean;
  readonly storage?: GuestStorage;
  readonly fetch?: FetchFunction;
  /** Needed for sockets on Node below 22: give the `ws` package's WebSocket. */
  readonly WebSocket?: WebSocketConstructor;
  /** Replaces the built-in event source, which sends the token in a header. */
  readonly EventSource?: EventSourceConstructor;
  /** How streams travel. Default `auto`: socket first, server-sent events where sockets do not get through. */
  readonly transport?: Transport;
  readonly logger?: Logger;
}

/** What an event source is given besides its URL. */
export interface EventSourceInit {
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: FetchFunction;
}

export interface EventSourceInstance {
  readonly readyState: number;
  readonly CLOSED: number;
  addEventListener(type: string, listener: (event: never) => void): void;
  close(): void;
}

export type EventSourceConstructor = new (url: string, init: EventSourceInit) => EventSourceInstance;

/** The options with every default filled in. */
export interface Settings {
  readonly httpUrl: string;
  readonly wsUrl: string;
  readonly app: AppId;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly guests: boolean;
  readonly transport: Transport;
  readonly fetch: FetchFunction;
  readonly logger: Logger;
}

/** Fills in defaults. Throws a TypeError that names the option for a URL that is none, or where nothing can fetch. */
export function settingsOf(options: RepSpheresOptions): Settings {
  const base = checkedUrl('url', options.url);
  const httpUrl = `${base.replace(/\/+$/, '')}/trpc`;
  const fetchFunction = options.fetch ?? globalFetch();
  return {
    httpUrl,
    wsUrl: options.wsUrl ? checkedUrl('wsUrl', options.wsUrl) : httpUrl.replace(/^http/, 'ws'),
    app: options.app,
    timeoutMs: options.timeoutMs ?? 30_000,
    maxRetries: options.maxRetries ?? 2,
    guests: options.guests ?? true,
    transport: options.transport ?? 'auto',
    fetch: options.credentials ? withCredentials(fetchFunction, options.credentials) : fetchFunction,
    logger: options.logger ?? {},
  };
}

function checkedUrl(name: string, value: string): string {
  if (!/^(https?|wss?):\/\/./.test(value))
    throw new TypeError(`createRepSpheres: ${name} is not an absolute URL`);
  return value;
}

function globalFetch(): FetchFunction {
  if (typeof fetch !== 'function')
    throw new TypeError('createRepSpheres: no global fetch; give one as `fetch`');
  return (url, init) => fetch(url, init);
}

/** A fetch that says what becomes of cookies, where the request itself does not. */
function withCredentials(
  inner: FetchFunction,
  credentials: 'omit' | 'same-origin' | 'include',
): FetchFunction {
  return (url, init) => inner(url, { credentials, ...init });
}
