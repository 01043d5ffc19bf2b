import type { MemberActor, Principal, SessionActor } from '../../core/actor.ts';
import type { CallOrigin } from '../../core/audit.ts';
import type { Id } from '../../core/ids.ts';
import type { AccessToken } from './access-tokens.ts';
import type { LogOutSite } from './back-channel-logout.ts';
import type { PrincipalChange, Principals } from './principals.ts';
import type { SessionCookie } from './session-cookie.ts';

/** What the rest of the backend asks of identity; issue after issue plugs in behind it. */
export interface Identity {
  readonly principals: Principals;
  readonly cookie: SessionCookie;
  /** Whether seeded accounts may sign in by e-mail alone; never in production unless configured. */
  readonly developmentSignIn: boolean;
  /** Opens a guest: an organisation, a user and a session of its own, and its first token. */
  startGuest(origin: CallOrigin): Promise<OpenedSession>;
  /** Opens a session of a seeded account; null for an unknown e-mail. */
  openSession(email: string, origin: CallOrigin): Promise<OpenedSession | null>;
  /** A new access token for the session behind a principal, whose end moves on; null when the session is gone. */
  renew(principal: SessionActor): Promise<AccessToken | null>;
  /**
   * Puts a member's session into another of their organisations: the token given is for it, older ones must be renewed,
   * open sockets reconnect. Null when the person is no member there or the organisation is suspended.
   */
  switchOrganisation(
    member: MemberActor,
    orgId: Id<'organisation'>,
    origin: CallOrigin,
  ): Promise<AccessToken | null>;
  /** Opens a session of a member for one of the staff; null when there is no such member. */
  impersonate(
    target: Membership,
    impersonation: Impersonation,
    origin: CallOrigin,
  ): Promise<OpenedSession | null>;
  /** Ends a session on every process within 1 s. */
  signOut(principal: SessionActor, origin: CallOrigin): Promise<void>;
  /** The live sessions of the person, the latest first. */
  listSessions(principal: Principal): Promise<readonly SessionSummary[]>;
  /** Ends one session of the person, whichever organisation it is in; false when they have none of this id. */
  endSession(principal: SessionActor, sessionId: string, origin: CallOrigin): Promise<boolean>;
  /** Ends all sessions of the person but the one that calls; returns how many ended. */
  endOtherSessions(principal: SessionActor, origin: CallOrigin): Promise<number>;
  /** Tells every process that rights changed. */
  announce(change: PrincipalChange): Promise<void>;
  /** Who a principal is, for display. */
  profile(principal: Principal): Promise<Profile>;
  /** Tells a site by back-channel logout that a session ended. */
  readonly logOutSite: LogOutSite;
  jwks(): Promise<object>;
}

export interface Membership {
  readonly orgId: Id<'organisation'>;
  readonly userId: Id<'user'>;
}

export interface Impersonation {
  readonly staff: MemberActor;
  readonly reason: string;
  readonly until: Date;
}

export interface OpenedSession extends AccessToken {
  readonly sessionId: Id<'session'>;
  readonly orgId: Id<'organisation'>;
  readonly userId: Id<'user'>;
}

export interface SessionSummary {
  readonly id: string;
  readonly app: string;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface Profile {
  readonly user: {
    readonly email: string | null;
    readonly emailVerified: boolean;
    readonly displayName: string;
    readonly avatarUrl: string | null;
  };
  readonly organisationName: string;
}
