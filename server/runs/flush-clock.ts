interface Flushable {
  flush(): void;
}

const TICK_MS = 10;

/** One timer for the flush windows of all writers of a process, so that appends of a tick leave together. */
export class FlushClock {
  readonly #due = new Map<Flushable, number>();
  #timer: NodeJS.Timeout | null = null;

  /** Flushes `target` after `ms`, unless it is scheduled already. */
  schedule(target: Flushable, ms: number): void {
    if (!this.#due.has(target)) this.#due.set(target, performance.now() + ms);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  cancel(target: Flushable): void {
    this.#due.delete(target);
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#due.clear();
  }

  #tick(): void {
    const now = performance.now();
    for (const [target, at] of this.#due) {
      if (at > now) continue;
      this.#due.delete(target);
      target.flush();
    }
    if (this.#due.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }
}
