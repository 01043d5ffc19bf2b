import { type HeldToken, heldToken, type IssuedToken, leftOf, skewMs } from './held-token.ts';
import type { GuestStorage } from './options.ts';
import { singleFlight } from './single-flight.ts';
import { letProcessEnd } from './timing.ts';

export interface GuestParts {
  /** A new guest. */
  start(): Promise<IssuedToken>;
  /** The same guest with a later end; rejects when that cannot be. Absent where the server has no such call. */
  renew?(accessToken: string): Promise<IssuedToken>;
  readonly storage?: GuestStorage;
}

const storageKey = 'repspheres.guest';
/** Renewed this long before its end, so that a guest who only reads does not become somebody else. */
const renewBeforeMs = 120_000;
/** A guest nobody has used for this long is no longer renewed. */
const forgottenAfterMs = 2 * 3_600_000;

/** The guest this client acts as: one at a time, started on first need, renewed while it is in use. */
export class Guest {
  readonly #parts: GuestParts;
  #held: HeldToken | null | undefined;
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

  /** The token of the guest there is; starts none. */
  async heldToken(): Promise<string | null> {
    if (this.#held === undefined) this.#held = await this.#stored();
    return this.#held && leftOf(this.#held) > skewMs ? this.#held.accessToken : null;
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
    const left = leftOf(this.#held);
    if (this.#held && left > renewBeforeMs) return this.#held.accessToken;
    if (this.#held && left > skewMs) return this.#renewed(this.#held);
    return this.#keep(Date.now(), await this.#parts.start());
  });

  /** While the old token is good a failed renewal costs nothing: the next need tries again. */
  async #renewed(held: HeldToken): Promise<string> {
    const askedAt = Date.now();
    const next = await this.#parts.renew?.(held.accessToken).catch(() => undefined);
    return next ? this.#keep(askedAt, next) : held.accessToken;
  }

  async #keep(askedAt: number, issued: IssuedToken): Promise<string> {
    const held = heldToken(issued, askedAt);
    this.#held = held;
    this.#schedule(leftOf(held) - renewBeforeMs);
    await this.#parts.storage?.setItem(storageKey, JSON.stringify(held));
    return held.accessToken;
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

  async #stored(): Promise<HeldToken | null> {
    const text = await this.#parts.storage?.getItem(storageKey);
    if (!text) return null;
    try {
      const value: unknown = JSON.parse(text);
      return isHeldToken(value) ? value : null;
    } catch {
      // Whatever else wrote this key, it holds no guest: start a new one.
      return null;
    }
  }
}

function isHeldToken(value: unknown): value is HeldToken {
  const candidate = value as Partial<HeldToken> | null;
  return typeof candidate?.accessToken === 'string' && typeof candidate.endsAt === 'number';
}
