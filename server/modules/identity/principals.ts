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

/** Proof of identity behind one interface: own tokens, Supabase tokens, API keys, and whatever the identity provider adds. */
export interface Principals {
  /** Who a credential proves. No token: anonymous. Throws `auth.invalid-token`, `auth.expired-token` or `auth.revoked`. */
  resolve(credential: { readonly token: string | null; readonly app: AppId }): Promise<Actor>;
  /** The rights of a principal as they are now; null when its session is gone. */
  refresh(actor: Principal): Promise<Principal | null>;
  /** Revocation and changes of role or tier, made on any process. Returns the way to stop listening. */
  onChange(listener: (change: PrincipalChange) => void): () => void;
}
