/** Lets a loop sleep until its next poll or until something tells it that there is work. */
export class Waker {
  #woken = false;
  #end: () => void = () => {};

  /** Ends the present sleep, or the next one before it begins. */
  wake(): void {
    this.#woken = true;
    this.#end();
  }

  /** Sleeps for `ms`, less when woken. */
  async sleep(ms: number): Promise<void> {
    if (!this.#woken) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      this.#end = resolve;
      await promise;
      clearTimeout(timer);
    }
    this.#woken = false;
  }
}
