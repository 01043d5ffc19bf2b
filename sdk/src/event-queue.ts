export interface QueueOptions<T> {
  /** Unread items from which on new ones are joined with the last, where that can be. */
  readonly mergeFrom: number;
  merge(last: T, next: T): T | undefined;
  /** The reader left before the end. */
  onReturn(): void;
}

/** Hands items from one producer to one `for await` reader. Nothing is lost while nobody reads. */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  #items: T[] = [];
  #waiting: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void } | undefined;
  #end: { readonly error?: unknown } | undefined;
  readonly #options: QueueOptions<T>;

  constructor(options: QueueOptions<T>) {
    this.#options = options;
  }

  push(item: T): void {
    if (this.#end) return;
    const { length } = this.#items;
    if (this.#waiting) {
      this.#waiting.resolve({ value: item, done: false });
      this.#waiting = undefined;
      return;
    }
    const last = length < this.#options.mergeFrom ? undefined : this.#items[length - 1];
    const merged = last === undefined ? undefined : this.#options.merge(last, item);
    if (merged === undefined) this.#items.push(item);
    else this.#items[length - 1] = merged;
  }

  /** Ends the queue once what is in it is read, with `error` where one is given. */
  end(error?: unknown): void {
    if (this.#end) return;
    this.#end = error === undefined ? {} : { error };
    if (error === undefined) this.#waiting?.resolve({ value: undefined, done: true });
    else this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  async next(): Promise<IteratorResult<T>> {
    const item = this.#items.shift();
    if (item !== undefined) return { value: item, done: false };
    if (!this.#end) {
      return new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
      });
    }
    const { error } = this.#end;
    this.#end = {};
    if (error !== undefined) throw error;
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<T>> {
    this.#items = [];
    this.end();
    this.#options.onReturn();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
