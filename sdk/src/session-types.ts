import type { Session } from '../contract/identity.ts';
import type { CallOptions } from './client-types.ts';

/** Who is signed in, or the guest (`kind`), with the access token of now: for requests that do not go through this client. */
export interface CurrentSession extends Session {
  readonly accessToken: string;
}

/**
 * What happened to the person's session. `signed-out`: by `signOut()` here, in another tab, or the server ended it.
 * `expired`: it came to its end, or ended while this tab did not hear why. Guests are no change.
 */
export interface SessionChange {
  readonly type: 'signed-in' | 'signed-out' | 'expired' | 'switched-organisation' | 'rights-changed';
  readonly by: 'this-tab' | 'other-tab' | 'server';
  readonly session: CurrentSession | null;
}

export interface SignInOptions {
  /** Where the person should be afterwards; a page of this app. Default: the present page. */
  readonly returnTo?: string;
  /** Only find out whether somebody is signed in already: no page is shown, the browser comes back at once. */
  readonly silent?: boolean;
}

export interface CompletedSignIn {
  /** Null: a silent sign-in found nobody. */
  readonly session: CurrentSession | null;
  readonly returnTo: string;
}

/** Made by `redirectSession(…)`: opaque to apps. */
export interface RedirectSession {
  readonly kind: 'redirect';
}

/** The session of the person in front of the app. */
export interface SessionClient {
  /**
   * Who is signed in, or null; a guest only where this client already acts as one. Remembered for 30 s and across
   * every change it hears of. Rejects when the server cannot be reached: that is not a sign-out.
   */
  get(options?: CallOptions): Promise<CurrentSession | null>;
  /** A new token and what the server says now. Other tabs follow. Not needed after `organisations.switch`. */
  refresh(): Promise<CurrentSession | null>;
  /**
   * Ends the session everywhere: on the server, in the other tabs, on the sibling apps. Open streams end with
   * `auth.revoked`. Rejects when the server cannot be reached; then nobody is signed out.
   */
  signOut(): Promise<void>;
  /** Calls `listener` on each change; the answer stops that. */
  onChange(listener: (change: SessionChange) => void): () => void;
  /** Leaves the page for the sign-in page. Resolves when the browser was told to; nothing after it should run. */
  signIn(options?: SignInOptions): Promise<void>;
  /**
   * On the page of `redirectUri`: finishes what `signIn` began. Null when the URL (default: the page's) is no answer
   * to it. Rejects with `sdk.sign-in-failed` for an answer that was not asked for here or that refuses.
   */
  completeSignIn(url?: string): Promise<CompletedSignIn | null>;
}
