import { Failure } from '../core/failure.ts';
import type { SessionCookie } from '../modules/identity/session-cookie.ts';
import type { CookieRequest, OriginGuard } from './origin-guard.ts';

/** What the tRPC door knows of cookies. */
export interface SessionDoor {
  /** The session a request's cookie proves; null without one, a Failure where the caller may not use it. */
  of(request: CookieRequest): string | null | Failure;
  /** Lets the cookie follow what was done to its session. */
  follow(session: string, paths: readonly string[], headers: Headers): void;
}

export function sessionDoor(cookie: SessionCookie, guard: OriginGuard): SessionDoor {
  return {
    of(request) {
      const session = cookie.read(request.headers.get('cookie'));
      if (session === null || guard.trustsCookie(request)) return session;
      return new Failure('auth.origin-refused');
    },
    follow(session, paths, headers) {
      if (paths.length !== 1) return;
      if (paths[0] === 'identity.signOut') headers.append('set-cookie', cookie.clear());
      if (paths[0] === 'identity.renewToken') headers.append('set-cookie', cookie.write(session));
    },
  };
}
