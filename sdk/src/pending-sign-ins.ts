import type { GuestStorage } from './options.ts';

/** A sign-in that has left the page. */
export interface PendingSignIn {
  readonly verifier: string;
  readonly returnTo: string;
  readonly silent: boolean;
  /** Milliseconds since 1970. */
  readonly begunAt: number;
}

/** A person who reads a mail with a link that lives 15 minutes comes back within this. */
const longestMs = 20 * 60_000;

/**
 * Sign-ins by their `state`. In the storage of all tabs: a link from a mail comes back in another tab than it left.
 */
export class PendingSignIns {
  readonly #storage: GuestStorage;
  readonly #key: string;

  constructor(storage: GuestStorage, key: string) {
    this.#storage = storage;
    this.#key = key;
  }

  async add(state: string, signIn: PendingSignIn): Promise<void> {
    const rest = await this.#read();
    await this.#storage.setItem(this.#key, JSON.stringify({ ...rest, [state]: signIn }));
  }

  /** The sign-in of this state, once; undefined for one that was not begun here or too long ago. */
  async take(state: string): Promise<PendingSignIn | undefined> {
    const { [state]: found, ...rest } = await this.#read();
    if (Object.keys(rest).length > 0) await this.#storage.setItem(this.#key, JSON.stringify(rest));
    else await this.#storage.removeItem(this.#key);
    return found;
  }

  async #read(): Promise<Record<string, PendingSignIn>> {
    const text = await this.#storage.getItem(this.#key);
    if (!text) return {};
    try {
      const all = Object.entries(JSON.parse(text) as Record<string, PendingSignIn>);
      return Object.fromEntries(all.filter(([, { begunAt }]) => Date.now() - begunAt < longestMs));
    } catch {
      // Whatever else wrote this key, it holds no sign-ins.
      return {};
    }
  }
}
