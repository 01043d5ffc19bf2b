import type { Principal } from '../../core/actor.ts';
import type { CallOrigin } from '../../core/audit.ts';
import type { Id } from '../../core/ids.ts';
import type { AccessToken } from './access-tokens.ts';
import type { PrincipalChange, Principals } from './principals.ts';

/** What the rest of the backend asks of identity; issue after issue plugs in behind it. */
export interface Identity {
  readonly principals: Principals;
  /** Whether seeded accounts may sign in by e-mail alone; never in production unless configured. */
  readonly developmentSignIn: boolean;
  /** Opens a guest: an organisation, a user and a session of its own, and its first token. */
  startGuest(origin: CallOrigin): Promise<OpenedSession>;
  /** Opens a session of a seeded account; null for an unknown e-mail. */
  openSession(email: string, origin: CallOrigin): Promise<OpenedSession | null>;
  /** A new access token for the session behind a principal; null when the session is gone. */
  renew(principal: Principal): Promise<AccessToken | null>;
  /** Ends a session on every process within 1 s. */
  signOut(principal: Principal, origin: CallOrigin): Promise<void>;
  /** Tells every process that rights changed. */
  announce(change: PrincipalChange): Promise<void>;
  /** Who a principal is, for display. */
  profile(principal: Principal): Promise<Profile>;
  jwks(): Promise<object>;
}

export interface OpenedSession extends AccessToken {
  readonly sessionId: Id<'session'>;
  readonly orgId: Id<'organisation'>;
  readonly userId: Id<'user'>;
}

export interface Profile {
  readonly email: string | null;
  readonly displayName: string;
  readonly organisationName: string;
}
