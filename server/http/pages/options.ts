import type { AuthDoorOptions } from '../auth-door.ts';
import type { OriginGuard } from '../origin-guard.ts';

export interface Person {
  readonly email: string | null;
  readonly displayName: string;
}

export interface PagesOptions {
  readonly auth: AuthDoorOptions;
  readonly guard: OriginGuard;
  /** This server's own origin. */
  readonly origin: string;
  /** Origins that a form may end at after its redirects: the apps, and the sites that sign in here. */
  readonly formTargets: readonly string[];
  readonly google: boolean;
  /** Who a Cookie header proves; null for nobody. */
  person(cookie: string | undefined): Promise<Person | null>;
  /** Ends the session of a Cookie header everywhere; resolves also when there is none. */
  signOut(cookie: string | undefined, requestId: string): Promise<void>;
  /** The Set-Cookie line that takes the session's cookie away. */
  clearedCookie(): string;
  /** What a site is called; null for one we do not know. */
  siteName(clientId: string): Promise<string | null>;
  /** Where a site wants its person after sign-out, when it has registered exactly that; null otherwise. */
  afterLogout(query: URLSearchParams): Promise<string | null>;
}
