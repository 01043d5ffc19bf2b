import type { RepSpheresError } from './errors.ts';
import type { Guest } from './guest.ts';
import { differInOrganisation } from './held-token.ts';
import { unauthenticated } from './session-source.ts';
import { singleFlight } from './single-flight.ts';

/** Proves who a call comes from, and knows what to do when the proof is refused. */
export interface Proof {
  token(needsPrincipal: boolean): Promise<string | null>;
  recover(error: RepSpheresError, used: string | null): Promise<string | null>;
  giveUp(error: RepSpheresError, used: string | null): void;
}

/** One token, or none, whatever happens. */
export function fixedProof(token: string | null): Proof {
  return { token: async () => token, recover: async () => null, giveUp: () => {} };
}

export interface CredentialParts {
  /** The person's token; `refused` is the one that was not accepted, where another is asked for. */
  ask(ask: {
    readonly forceRefresh: boolean;
    readonly refused: string | null;
  }): string | null | Promise<string | null>;
  readonly guest: Guest | null;
  /** Whether this client keeps the session, not the app. */
  readonly keepsSession: boolean;
  /** Whether a guest may act where there is no person. */
  mayBeGuest(): boolean;
  onUnauthorized(error: RepSpheresError): void;
  /** The session of the person's newest token was ended by the server. */
  onEnded(error: RepSpheresError): void;
}

/** Who the client acts as: the signed-in person, else a guest where one is needed. */
export class Credentials implements Proof {
  readonly #parts: CredentialParts;
  /** The newest token of a person, to tell a refused old one from a refused new one. */
  #newest: string | null = null;

  constructor(parts: CredentialParts) {
    this.#parts = parts;
  }

  get newest(): string | null {
    return this.#newest;
  }

  /** The token to call with; null when nobody is signed in and no principal is needed (or guests are off). */
  async token(needsPrincipal: boolean): Promise<string | null> {
    const token = await this.#current();
    const { guest } = this.#parts;
    if (token !== null || !needsPrincipal || guest === null) return token;
    if (!this.#parts.mayBeGuest()) throw unauthenticated('auth.required');
    return guest.token();
  }

  /**
   * Another token to try after `error` with `used`, or null when there is none.
   * Refreshes of the person's token happen one at a time; who comes late gets the result of the running one.
   */
  async recover(error: RepSpheresError, used: string | null): Promise<string | null> {
    if (error.kind !== 'unauthenticated') return null;
    const { guest } = this.#parts;
    if (guest?.owns(used)) {
      if (error.code === 'auth.required') return null;
      await guest.forget();
      return this.token(true);
    }
    if (used === null) return error.code === 'auth.required' ? differing(await this.token(true), used) : null;
    if (error.code === 'auth.revoked') this.ended(error, used);
    if (error.code !== 'auth.expired-token' && error.code !== 'auth.invalid-token') return null;
    const fresh = this.#newest !== null && this.#newest !== used ? this.#newest : await this.refresh();
    // What was asked for in one organisation must not be done in the one that another tab has switched to.
    return fresh !== null && this.#parts.keepsSession && differInOrganisation(fresh, used) ? null : fresh;
  }

  /** Tells the app that its person must sign in again; a guest or nobody is not told. */
  giveUp(error: RepSpheresError, used: string | null): void {
    if (error.kind !== 'unauthenticated' || used === null || this.#parts.guest?.owns(used)) return;
    // The server does not know the token's key yet: its person is as signed in as before.
    if (error.retryable) return;
    // A session that is kept here tells of its end itself; of a fresh token that is refused only we know.
    if (this.#parts.keepsSession && used !== this.#newest) return;
    if (error.code !== 'auth.revoked') this.#parts.onUnauthorized(error);
  }

  /** The server ended the session of this token. Whether that was the person's, who is no longer signed in by it. */
  ended(error: RepSpheresError, used: string | null): boolean {
    if (used === null || used !== this.#newest) return false;
    this.#newest = null;
    this.#parts.onEnded(error);
    return true;
  }

  /** Another token than the newest one, which was refused. */
  readonly refresh = singleFlight(async () => {
    this.#newest = (await this.#parts.ask({ forceRefresh: true, refused: this.#newest })) || null;
    return this.#newest;
  });

  async #current(): Promise<string | null> {
    const token = (await this.#parts.ask({ forceRefresh: false, refused: null })) || null;
    this.#newest = token;
    return token;
  }
}

function differing(token: string | null, other: string | null): string | null {
  return token === other ? null : token;
}
