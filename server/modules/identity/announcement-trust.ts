/** What is remembered serves only requests that came within this of a look that missed no announcement. */
export const TRUST_MS = 1_000;

/** Acts on every announcement committed from `sinceMs` before now until now; rejects when they cannot be read. */
export type Look = (sinceMs: number) => Promise<void>;

/**
 * Whether what is remembered may still be used. Looks are shared: at most one runs, whoever needs its outcome waits
 * for it, and a process that is too busy to look in time looks as often as it can. It never reads more for having less time.
 */
export class AnnouncementTrust {
  readonly #now: () => number;
  /** Null until somebody follows the announcements: then nothing is missed, for there are none. */
  #look: Look | null = null;
  #confirmedAt = Number.POSITIVE_INFINITY;
  #looking: Promise<void> | null = null;

  /** `now` in ms; it must not jump as the time of day may. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** From now on `look` proves that no announcement was missed. */
  follow(look: Look): void {
    this.#look = look;
    this.#confirmedAt = this.#now();
  }

  /** Whether a request that comes now may use what is remembered without a look. */
  get holds(): boolean {
    return this.#now() - this.#confirmedAt <= TRUST_MS;
  }

  /** Says that no announcement made before now is missing, as when nothing is remembered. */
  confirm(): void {
    this.#confirmedAt = this.#now();
  }

  /** Resolves once everything announced more than 1 s before this call was acted on. Rejects when it cannot be read. */
  async regain(): Promise<void> {
    const needed = this.#now() - TRUST_MS;
    while (this.#confirmedAt < needed) await this.look();
  }

  /** A look, or the one that runs already. */
  look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    // What is committed after the question is asked is not in the answer.
    const asked = this.#now();
    await this.#look?.(asked - this.#confirmedAt);
    this.#confirmedAt = asked;
  }
}
