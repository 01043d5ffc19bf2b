import type { HeldToken } from './held-token.ts';
import { letProcessEnd } from './timing.ts';

/** What the clients of one person in one browser tell each other. Never leaves the origin. */
export type TabMessage =
  /** The answer to a renewal of a moment ago; null: nobody is signed in. */
  | { readonly type: 'token'; readonly token: HeldToken | null }
  | { readonly type: 'token-wanted' }
  | { readonly type: 'signed-out' };

/** The other tabs of this origin; without the platform's parts, or where nothing is shared, there are none. */
export interface Tabs {
  tell(message: TabMessage): void;
  /**
   * Runs `work` in one tab at a time; `waited` says that another tab had the turn before. A tab that dies gives its
   * turn back. Where the turn does not come in time, or cannot be had, `work` runs without it.
   */
  alone<T>(work: (waited: boolean) => Promise<T>): Promise<T>;
  close(): void;
}

/** A turn is one renewal; its request ends after 10 s. Who waits longer is behind a tab that the browser has frozen. */
const longestWaitMs = 15_000;

export function openTabs(name: string, onMessage: (message: TabMessage) => void): Tabs {
  const channel = openChannel(name, onMessage);
  const locks = (globalThis as { navigator?: { locks?: LockManagerLike } }).navigator?.locks;
  return {
    tell: (message) => channel?.postMessage(message),
    alone: (work) => (locks ? inTurn(locks, name, work) : work(false)),
    close: () => channel?.close(),
  };
}

/** For a client that shares its session with nobody. */
export const noTabs: Tabs = { tell: () => {}, alone: (work) => work(false), close: () => {} };

/** The part of the Web Locks API that is used; the types of browsers and of Node differ. */
interface LockManagerLike {
  request<T>(
    name: string,
    options: { ifAvailable?: boolean; signal?: AbortSignal },
    work: (lock: object | null) => Promise<T>,
  ): Promise<T>;
}

interface ChannelLike {
  postMessage(message: TabMessage): void;
  close(): void;
}

async function inTurn<T>(
  locks: LockManagerLike,
  name: string,
  work: (waited: boolean) => Promise<T>,
): Promise<T> {
  let begun: Promise<T> | undefined;
  const begin = (waited: boolean) => {
    begun = work(waited);
    return begun;
  };
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), longestWaitMs);
  letProcessEnd(timer);
  try {
    await locks.request(name, { ifAvailable: true }, async (lock) => void (lock && (await begin(false))));
    if (!begun) await locks.request(name, { signal: patience.signal }, () => begin(true));
  } catch {
    // Either the work failed, which `begun` tells, or there was no turn: a page without an origin is refused locks.
  } finally {
    clearTimeout(timer);
  }
  return begun ?? work(true);
}

function openChannel(name: string, onMessage: (message: TabMessage) => void): ChannelLike | null {
  if (typeof BroadcastChannel !== 'function') return null;
  const channel = new BroadcastChannel(name);
  channel.onmessage = (event: unknown) => onMessage((event as { readonly data: TabMessage }).data);
  letProcessEnd(channel);
  let isOpen = true;
  return {
    // A renewal may end after the client was closed; then there is nobody to tell.
    postMessage: (message) => isOpen && channel.postMessage(message),
    close: () => {
      isOpen = false;
      channel.close();
    },
  };
}
