/** What becomes due at an instant: runs once, in order of time, then of registration. */
interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
}

/** Virtual time in whole seconds since 1970. Nothing happens in it but by `advanceTo`. */
export class Timeline {
  #now: number;
  #order = 0;
  readonly #due = new Map<string, Due>();

  constructor(now: number) {
    this.#now = Math.floor(now);
  }

  get now(): number {
    return this.#now;
  }

  /** Registers what is due under a key, in place of what was due under it; `null` takes it back. */
  set(key: string, at: number | null, run: () => void | Promise<void>): void {
    this.#due.delete(key);
    if (at !== null) this.#due.set(key, { at, order: this.#order++, run });
  }

  /** When the next thing is due, if anything is. */
  get nextAt(): number | null {
    return this.#next()?.[1].at ?? null;
  }

  /** Moves to an instant; everything due on the way happens in order, at its own time. */
  async advanceTo(target: number): Promise<void> {
    for (let next = this.#next(); next !== null && next[1].at <= target; next = this.#next()) {
      const [key, due] = next;
      this.#due.delete(key);
      this.#now = Math.max(this.#now, due.at);
      await due.run();
    }
    this.#now = Math.max(this.#now, Math.floor(target));
  }

  #next(): [string, Due] | null {
    let first: [string, Due] | null = null;
    for (const entry of this.#due)
      if (first === null || isBefore(entry[1], first[1])) first = [entry[0], entry[1]];
    return first;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
