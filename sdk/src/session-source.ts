import type { FailureCode } from '../contract/platform.ts';
import { fromFailure } from './error-mapping.ts';
import { isRepSpheresError, type RepSpheresError, sdkError } from './errors.ts';
import { type IssuedToken, isIssuedToken } from './held-token.ts';
import type { FetchFunction, GuestStorage } from './options.ts';
import { page } from './page.ts';
import type { RedirectSession, SignInOptions } from './session-types.ts';

/** How the person's session is kept: by a cookie, by a refresh token, or by the app. */
export interface SessionSource {
  /** Tabs whose sources have one name share tokens and sign-outs. */
  readonly name: string;
  /** A fresh access token; null when nobody is signed in. One tab at a time asks. */
  issue(): Promise<IssuedToken | null>;
  /** Ends the session on the server. Done also when there was none. */
  signOut(): Promise<void>;
  /** Sends the browser to the sign-in page. */
  signIn(options: SignInOptions): Promise<void>;
  /** Null: the URL answers no sign-in of this app. */
  completeSignIn(url: string): Promise<{ readonly isSignedIn: boolean; readonly returnTo: string } | null>;
}

/** What a source works with. */
export interface SourceParts {
  /** Where the API lives. */
  readonly url: string;
  readonly fetch: FetchFunction;
  readonly storage: GuestStorage | undefined;
  /**
   * Calls a procedure, for at most 10 s: by the session's cookie alone, or as the person of the client, where there is
   * one. `once`: without repeats.
   */
  ask(path: string, how: { readonly as: 'cookie' | 'person'; readonly once?: boolean }): Promise<unknown>;
}

/** What makes a `RedirectSession` work. */
export interface RedirectSource extends RedirectSession {
  open(parts: SourceParts): SessionSource;
}

/** The session of all apps under one domain: an HttpOnly cookie that no script sees, and a token made from it. */
export function cookieSession({ ask, url }: SourceParts): SessionSource {
  return {
    name: 'cookie',
    issue: () =>
      unlessNobody(async () => issued(await ask('identity.renewToken', { as: 'cookie', once: true }))),
    signOut: async () => void (await unlessNobody(() => ask('identity.signOut', { as: 'cookie' }))),
    signIn: async ({ returnTo }) => {
      const target = new URL(returnTo ?? page().href, page().href).href;
      page().assign(`${url}/auth/sign-in?redirect=${encodeURIComponent(target)}`);
    },
    completeSignIn: async () => null,
  };
}

/** The session of an app that gives `getAccessToken`: signing in is its own affair. */
export function appSession({ ask }: SourceParts): SessionSource {
  return {
    name: 'app',
    issue: async () => null,
    signOut: async () => void (await unlessNobody(() => ask('identity.signOut', { as: 'person' }))),
    signIn: async () => {
      throw new TypeError('session.signIn: this client was given getAccessToken; the app signs in itself');
    },
    completeSignIn: async () => null,
  };
}

function issued(value: unknown): IssuedToken {
  if (isIssuedToken(value)) return value;
  throw sdkError('sdk.unexpected-answer', { path: 'identity.renewToken' });
}

/** Null where the server answers that nobody is signed in. */
export async function unlessNobody<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (thrown) {
    if (isRepSpheresError(thrown) && thrown.kind === 'unauthenticated') return null;
    throw thrown;
  }
}

/** The error of streams and calls whose person is no longer signed in. */
export function unauthenticated(
  code: Extract<FailureCode, 'auth.required' | 'auth.revoked'>,
): RepSpheresError {
  const message = code === 'auth.revoked' ? 'This session was signed out.' : 'Sign in to continue.';
  return fromFailure({ code, kind: 'unauthenticated', message, retryable: false });
}
