import type { GuestStorage } from './options.ts';
import { singleFlight } from './single-flight.ts';

export interface GuestToken {
  readonly accessToken: string;
  /** ISO instant. */
  readonly expiresAt: string;
}

export interface GuestParts {
  /** A new guest. */
  start(): Promise<GuestToken>;
  /** The same guest with a later end; rejects when that cannot be. Absent where the server has no such call. */
  renew?(accessToken: string): Promise<GuestToken>;
  readonly storage?: GuestStorage;
}

const storageKey = 'repspheres.guest';
/** A token this close to its end is replaced before it is used: it would expire on the way. */
const skewMs = 10_000;
/** Renewed this long before its end, so that a guest who only reads does not become somebody else. */
const renewBeforeMs = 120_000;
/** A guest nobody has used for this long is no longer renewed. */
const forgottenAfterMs = 2 * 3_600_000;

/** The guest this client acts as: one at a time, started on first need, renewed while it is in use. */
export class Guest {
  readonly #parts: GuestParts;
  #held: GuestToken | null | undefined;
  #usedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(parts: GuestParts) {
    this.#parts = parts;
  }

  /** Whether this token is the guest's own. */
  owns(token: string | null): boolean {
    return token !== null && token === this.#held?.accessToken;
  }

  /** A valid token; starts a guest where there is none. */
  token(): Promise<string> {
    this.#usedAt = Date.now();
    return this.#valid();
  }

  /** The server refused the token: the next `token()` starts another guest. */
  async forget(): Promise<void> {
    this.#held = null;
    clearTimeout(this.#timer);
    await this.#parts.storage?.removeItem(storageKey);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  readonly #valid = singleFlight(async (): Promise<string> => {
    if (this.#held === undefined) this.#held = await this.#stored();
    const left = this.#held ? Date.parse(this.#held.expiresAt) - Date.now() : 0;
    if (this.#held && left > renewBeforeMs) return this.#held.accessToken;
    if (this.#held && left > skewMs) return this.#renewed(this.#held);
    return this.#keep(await this.#parts.start());
  });

  /** While the old token is good a failed renewal costs nothing: the next need tries again. */
  async #renewed(held: GuestToken): Promise<string> {
    const next = await this.#parts.renew?.(held.accessToken).catch(() => undefined);
    return next ? this.#keep(next) : held.accessToken;
  }

  async #keep(token: GuestToken): Promise<string> {
    this.#held = token;
    this.#schedule(Date.parse(token.expiresAt) - Date.now() - renewBeforeMs);
    await this.#parts.storage?.setItem(storageKey, JSON.stringify(token));
    return token.accessToken;
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed || !this.#parts.renew || delayMs <= 0) return;
    this.#timer = setTimeout(() => {
      // A failure is met again, and told, by the next call that needs the token.
      if (Date.now() - this.#usedAt < forgottenAfterMs) this.#valid().catch(() => {});
    }, delayMs);
    letProcessEnd(this.#timer);
  }

  async #stored(): Promise<GuestToken | null> {
    const text = await this.#parts.storage?.getItem(storageKey);
    if (!text) return null;
    try {
      const value: unknown = JSON.parse(text);
      return isGuestToken(value) ? value : null;
    } catch {
      // Whatever else wrote this key, it holds no guest: start a new one.
      return null;
    }
  }
}

export function isGuestToken(value: unknown): value is GuestToken {
  const candidate = value as Partial<GuestToken> | null;
  return typeof candidate?.accessToken === 'string' && typeof candidate.expiresAt === 'string';
}

/** In Node a timer holds the process; in browsers it is a number and holds nothing. */
function letProcessEnd(timer: unknown): void {
  (timer as { unref?(): void }).unref?.();
}
