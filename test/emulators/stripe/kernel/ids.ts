const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Ids that look like Stripe's: unique, of no order, and the same for the same seed. */
export class Ids {
  #state: number;
  #count = 0;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(prefix: string, length = 14): string {
    this.#count += 1;
    const tail = this.#count.toString(36).padStart(4, '0');
    return `${prefix}_${this.text(length)}${tail}`;
  }

  text(length: number): string {
    let text = '';
    while (text.length < length) text += letters[Math.floor(this.random() * letters.length)];
    return text;
  }

  /** Mulberry32, in [0, 1). */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}
