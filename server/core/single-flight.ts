/** One run of `work` a key at a time; whoever asks while it runs gets the same promise. */
export class SingleFlight<T> {
  readonly #running = new Map<string, Promise<T>>();

  join(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (running) return running;
    const mine = work().finally(() => {
      if (this.#running.get(key) === mine) this.#running.delete(key);
    });
    this.#running.set(key, mine);
    return mine;
  }

  /** Later callers start anew; those who wait keep their promise. */
  forget(key: string): void {
    this.#running.delete(key);
  }

  isCurrent(key: string, promise: Promise<T>): boolean {
    return this.#running.get(key) === promise;
  }
}
