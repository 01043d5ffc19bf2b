import { type HeldToken, heldToken, type IssuedToken, leftOf, skewMs } from './held-token.ts';
import type { SessionChange } from './session-types.ts';
import type { TabMessage, Tabs } from './tabs.ts';
import { letProcessEnd } from './timing.ts';

export interface PersonTokenParts {
  /** A fresh token; null when nobody is signed in. Rejects when that cannot be known now. */
  issue(): Promise<IssuedToken | null>;
  readonly tabs: Tabs;
  /** Another token than before is held: by `refresh()` here, from another tab, or renewed by itself. */
  onToken(by: SessionChange['by']): void;
  /** Somebody was signed in, and the server says that nobody is. */
  onGone(): void;
}

/** Renewed this long before its end, while the old one still serves. */
const renewBeforeMs = 60_000;
/** Tabs that got the same token renew it spread over this long; the first one hands it to the others. */
const spreadMs = 15_000;
const retryMs = 10_000;
/** A tab that had its turn has told its token already; the message may arrive this much later than the turn. */
const handOverMs = 250;

/** The access token of the signed-in person: in memory only, renewed ahead of its end by one tab for all. */
export class PersonToken {
  readonly #parts: PersonTokenParts;
  /** Null: nobody is signed in. Undefined: not known. */
  #held: HeldToken | null | undefined;
  #refused: string | null = null;
  #hadPerson = false;
  #isUsed = false;
  /** Answers to questions of an earlier time, before a sign-out, count no more. */
  #era = 0;
  #running: Promise<string | null> | undefined;
  #arrived: () => void = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: PersonTokenParts) {
    this.#parts = parts;
  }

  /** Whether this client may act as a guest: never in place of a person whose session has ended. */
  get mayBeGuest(): boolean {
    return !this.#hadPerson;
  }

  /** The token to call with; null when nobody is signed in. Rejects when that cannot be known now. */
  async token(): Promise<string | null> {
    this.#isUsed = true;
    if (this.#held === null) return null;
    if (!this.#isUsable()) return this.renew();
    // While it serves, a renewal that fails costs nothing: the next need tries again.
    if (leftOf(this.#held) < renewBeforeMs) this.renew().catch(() => {});
    return this.#held?.accessToken ?? null;
  }

  /** Another token than the refused one, from this or another tab; null when nobody is signed in. */
  async renew(refused: string | null = null): Promise<string | null> {
    if (refused !== null) this.#refused = refused;
    if (refused !== null && this.#isUsable()) return this.#held?.accessToken ?? null;
    return this.#run(false);
  }

  /** A token made after this call: the rights of a session may have changed. */
  async refresh(): Promise<string | null> {
    while (this.#running) await this.#running.catch(() => {});
    return this.#run(true);
  }

  /** That nobody is signed in was learnt a while ago: the next `token()` asks again. */
  reconsider(): void {
    if (this.#held === null) this.#held = undefined;
  }

  /** What is held is worth nothing; who is signed in is not known. */
  forget(): void {
    this.#era += 1;
    this.#held = undefined;
    this.#running = undefined;
    clearTimeout(this.#timer);
  }

  /** The person has signed out. */
  leave(): void {
    this.forget();
    this.#held = null;
    this.#hadPerson = false;
  }

  /** A message of another tab. */
  hear(message: TabMessage): void {
    if (message.type === 'token-wanted') {
      if (this.#held && this.#isUsable()) this.#parts.tabs.tell({ type: 'token', token: this.#held });
    } else if (message.type === 'token') {
      if (message.token === null) this.#held = this.#held === undefined ? null : this.#held;
      else if (message.token.endsAt > (this.#held?.endsAt ?? 0)) this.#keep(message.token, 'other-tab');
      this.#arrived();
    }
  }

  close(): void {
    this.#era += 1;
    clearTimeout(this.#timer);
    this.#arrived();
  }

  #run(force: boolean): Promise<string | null> {
    const running = this.#running ?? this.#renewed(force);
    this.#running = running;
    const done = () => {
      if (this.#running === running) this.#running = undefined;
    };
    running.then(done, done);
    return running;
  }

  async #renewed(force: boolean): Promise<string | null> {
    const before = this.#held;
    const isAnswered = () => !force && this.#held !== before && (this.#held === null || this.#isUsable());
    await this.#parts.tabs.alone(async (waited) => {
      if (waited && !force && !isAnswered()) await this.#handOver();
      if (isAnswered()) return;
      await this.#ask(force ? 'this-tab' : 'server');
    });
    return this.#held?.accessToken ?? null;
  }

  async #ask(by: SessionChange['by']): Promise<void> {
    const { issue, tabs, onGone } = this.#parts;
    const era = this.#era;
    const askedAt = Date.now();
    const issued = await issue();
    if (era !== this.#era) return;
    const token = issued && heldToken(issued, askedAt);
    tabs.tell({ type: 'token', token });
    if (token) {
      this.#keep(token, by);
      return;
    }
    this.#held = null;
    clearTimeout(this.#timer);
    if (this.#hadPerson) onGone();
  }

  #handOver(): Promise<void> {
    this.#parts.tabs.tell({ type: 'token-wanted' });
    return new Promise((resolve) => {
      // In a page that was busy for so long the message waits behind this timer: it gets one more turn.
      const timer = setTimeout(() => setTimeout(resolve, 0), handOverMs);
      this.#arrived = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #keep(token: HeldToken, by: SessionChange['by']): void {
    this.#held = token;
    this.#hadPerson = true;
    this.#isUsed = false;
    this.#schedule(leftOf(token) - renewBeforeMs - Math.random() * spreadMs);
    this.#parts.onToken(by);
  }

  /** Ahead of the end, where somebody has used the token: a tab nobody works in asks for nothing. */
  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        const era = this.#era;
        if (this.#isUsed) this.renew().catch(() => era === this.#era && this.#schedule(retryMs));
      },
      Math.max(delayMs, retryMs),
    );
    letProcessEnd(this.#timer);
  }

  #isUsable(): boolean {
    return leftOf(this.#held) > skewMs && this.#held?.accessToken !== this.#refused;
  }
}
