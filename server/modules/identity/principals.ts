import type { Actor, Principal } from '../../core/actor.ts';
import type { AppId } from '../../core/apps.ts';

/** What changed about who is signed in; whoever holds a principal of it acts within 1 s. */
export interface PrincipalChange {
  readonly kind: 'revoked' | 'changed';
  readonly sessionId?: string;
  /** Of an API key. */
  readonly keyId?: string;
  readonly userId?: string;
  readonly orgId?: string;
}

export interface Credential {
  /** A bearer token; it goes before a session. */
  readonly token: string | null;
  /** The session token of a cookie whose signature and origin the door has checked. */
  readonly session?: string | null;
  /** The app that calls. */
  readonly app: AppId;
}

/** Proof of identity behind one interface: own tokens, Supabase tokens, API keys, and whatever the identity provider adds. */
export interface Principals {
  /**
   * Who a credential proves. Anonymous without one, and with a cookie whose session is gone. Throws
   * `auth.invalid-token`, `auth.expired-token` or `auth.revoked` for a token.
   */
  resolve(credential: Credential): Promise<Actor>;
  /** The rights of a principal as they are now; null when its session is gone. */
  refresh(actor: Principal): Promise<Principal | null>;
  /** Revocation and changes of role or tier, made on any process. Returns the way to stop listening. */
  onChange(listener: (change: PrincipalChange) => void): () => void;
}
