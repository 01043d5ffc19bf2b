import type { RepSpheresError } from './errors.ts';
import type { Guest } from './guest.ts';
import type { RepSpheresOptions } from './options.ts';
import { singleFlight } from './single-flight.ts';

/** Who the client acts as: the app's signed-in person, else a guest where one is needed. */
export class Credentials {
  readonly #ask: NonNullable<RepSpheresOptions['getAccessToken']>;
  readonly #guest: Guest | null;
  readonly #onUnauthorized: (error: RepSpheresError) => void;
  /** The newest token of a person, to tell a refused old one from a refused new one. */
  #newest: string | null = null;

  constructor(options: Pick<RepSpheresOptions, 'getAccessToken' | 'onUnauthorized'>, guest: Guest | null) {
    this.#ask = options.getAccessToken ?? (() => null);
    this.#onUnauthorized = options.onUnauthorized ?? (() => {});
    this.#guest = guest;
  }

  /** The token to call with; null when nobody is signed in and no principal is needed (or guests are off). */
  async token(needsPrincipal: boolean): Promise<string | null> {
    const token = await this.#current();
    if (token !== null || !needsPrincipal || this.#guest === null) return token;
    return this.#guest.token();
  }

  /**
   * Another token to try after `error` with `used`, or null when there is none.
   * Refreshes of the person's token happen one at a time; who comes late gets the result of the running one.
   */
  async recover(error: RepSpheresError, used: string | null): Promise<string | null> {
    if (error.kind !== 'unauthenticated') return null;
    if (this.#guest?.owns(used)) {
      if (error.code === 'auth.required') return null;
      await this.#guest.forget();
      return this.token(true);
    }
    if (used === null) return error.code === 'auth.required' ? differing(await this.token(true), used) : null;
    if (error.code !== 'auth.expired-token' && error.code !== 'auth.invalid-token') return null;
    if (this.#newest !== null && this.#newest !== used) return this.#newest;
    return differing(await this.#refresh(), null);
  }

  /** Tells the app that its person must sign in again; a guest or nobody is not told. */
  giveUp(error: RepSpheresError, used: string | null): void {
    if (error.kind === 'unauthenticated' && used !== null && !this.#guest?.owns(used))
      this.#onUnauthorized(error);
  }

  readonly #refresh = singleFlight(async () => {
    this.#newest = (await this.#ask({ forceRefresh: true })) || null;
    return this.#newest;
  });

  async #current(): Promise<string | null> {
    const token = (await this.#ask({ forceRefresh: false })) || null;
    this.#newest = token;
    return token;
  }
}

function differing(token: string | null, other: string | null): string | null {
  return token === other ? null : token;
}
