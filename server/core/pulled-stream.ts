import { iteratePushStream, type PushStream } from './push-stream.ts';

const LOOKAHEAD = 16;

/** Reads an async iterable at most 16 items ahead of its reader, so that a slow reader holds its producer back. */
class PulledStream<T> implements PushStream<T> {
  readonly #source: AsyncIterator<T>;
  #items: T[] = [];
  #wake: (() => void) | null = null;
  #pulling = false;
  #ended = false;
  #closed = false;
  #failure: unknown;

  constructor(source: AsyncIterable<T>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  get done(): boolean {
    return this.#ended && this.#items.length === 0;
  }

  get failure(): unknown {
    return this.#failure;
  }

  take(): readonly T[] {
    const items = this.#items;
    if (items.length > 0) this.#items = [];
    this.#pull();
    return items;
  }

  onReady(wake: () => void): void {
    this.#wake = wake;
    if (this.#items.length > 0 || this.#ended) wake();
    else this.#pull();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#items = [];
    this.#wake = null;
    if (this.#ended) return;
    this.#ended = true;
    // A producer that fails while it is told to stop has nobody left to tell.
    void this.#source.return?.().then(undefined, () => undefined);
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return iteratePushStream(this);
  }

  #pull(): void {
    if (this.#pulling || this.#ended) return;
    this.#pulling = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    try {
      while (!this.#ended && this.#items.length < LOOKAHEAD) {
        const next = await this.#source.next();
        if (this.#closed) return;
        if (next.done === true) this.#ended = true;
        else this.#items.push(next.value);
        if (this.#items.length <= 1) this.#wake?.();
      }
    } catch (error) {
      if (this.#closed) return;
      this.#ended = true;
      this.#failure = error;
      this.#wake?.();
    } finally {
      this.#pulling = false;
    }
  }
}

/** Any async iterable as a PushStream; a stream that is one already should be passed on as it is. */
export function pullStream<T>(source: AsyncIterable<T>): PushStream<T> {
  return new PulledStream(source);
}
