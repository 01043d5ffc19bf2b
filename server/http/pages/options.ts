import type { z } from 'zod';
import type { Operation } from '../../core/operation.ts';
import type { AuthDoorOptions } from '../auth-door.ts';
import type { OriginGuard } from '../origin-guard.ts';
import type { PageCaller } from './page-call.ts';

export interface Person {
  readonly email: string | null;
  readonly displayName: string;
}

/** Runs an operation as the person of a page's cookie, within their budget. Throws a Failure. */
export type RunForPage = <I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<I, O>,
  caller: PageCaller,
  input: z.input<I>,
) => Promise<z.output<O>>;

export interface PagesOptions {
  readonly auth: AuthDoorOptions;
  readonly guard: OriginGuard;
  /** This server's own origin. */
  readonly origin: string;
  /** Origins that a form may end at after its redirects: the apps, and the sites that sign in here. */
  readonly formTargets: readonly string[];
  readonly google: boolean;
  /** How long after a sign-in a passkey may be added. */
  readonly sessionFreshMs: number;
  readonly run: RunForPage;
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
