/**
 * A stream whose reader drains what is ready in one synchronous call, so that thousands of slow streams cost no promise
 * an item. Sockets use `take`; SSE and ordinary code iterate it.
 */
export interface PushStream<T> extends AsyncIterable<T> {
  /** Everything ready now, merged where the stream can, at most about `maxBytes` of JSON and always at least one item; [] when nothing is ready. */
  take(maxBytes: number): readonly T[];
  /** Sets the one listener. It is called when `take` would return something or the stream ended; a reader takes until [] before it waits again. */
  onReady(wake: () => void): void;
  /** True once ended and drained. */
  readonly done: boolean;
  /** Why the stream ended, when not by itself; else undefined. */
  readonly failure: unknown;
  /** The reader leaves; frees everything. May be called more than once. */
  close(): void;
}

/** Whether a value is a PushStream (by shape: any room may implement one). */
export function isPushStream(value: unknown): value is PushStream<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'take' in value &&
    typeof value.take === 'function' &&
    'onReady' in value &&
    typeof value.onReady === 'function'
  );
}

const TAKE_BYTES = 64 * 1024;

/** The `[Symbol.asyncIterator]` of a PushStream: items in order, rejects with `failure`, closes the stream when the loop is left. */
export async function* iteratePushStream<T>(stream: PushStream<T>): AsyncGenerator<T, void, undefined> {
  let wake = Promise.withResolvers<void>();
  stream.onReady(() => wake.resolve());
  try {
    while (true) {
      const items = stream.take(TAKE_BYTES);
      yield* items;
      if (items.length > 0) continue;
      if (stream.done) break;
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
    if (stream.failure !== undefined) throw stream.failure;
  } finally {
    stream.close();
  }
}

/** A stream that somebody beside its reader can end. */
export interface EndableStream<T> extends PushStream<T> {
  /** Ends it with `failure`; what its reader has not taken is dropped. */
  fail(failure: unknown): void;
  /** Sets the one listener for its end by `fail` or `close`. */
  onClose(listener: () => void): void;
}

const NOTHING: readonly never[] = [];

class MappedStream<A, B> implements EndableStream<B> {
  readonly #source: PushStream<A>;
  readonly #map: (item: A) => B;
  #wake: (() => void) | null = null;
  #onClose: (() => void) | null = null;
  #closed = false;
  #failure: unknown;

  constructor(source: PushStream<A>, map: (item: A) => B) {
    this.#source = source;
    this.#map = map;
  }

  get done(): boolean {
    return this.#closed || this.#source.done;
  }

  get failure(): unknown {
    return this.#closed ? this.#failure : this.#source.failure;
  }

  take(maxBytes: number): readonly B[] {
    return this.#closed ? NOTHING : this.#source.take(maxBytes).map(this.#map);
  }

  onReady(wake: () => void): void {
    this.#wake = wake;
    if (this.#closed) wake();
    else this.#source.onReady(wake);
  }

  onClose(listener: () => void): void {
    this.#onClose = listener;
  }

  fail(failure: unknown): void {
    if (!this.#closed) this.#failure = failure;
    this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#failure ??= this.#source.failure;
    this.#closed = true;
    this.#source.close();
    this.#onClose?.();
    // A reader that waits for the next item, as SSE does, must not wait for one that never comes.
    this.#wake?.();
  }

  [Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    return iteratePushStream(this);
  }
}

/** The same stream with each item replaced by `map(item)`, e.g. put under its event id by `tracked`. */
export function mapPushStream<A, B>(source: PushStream<A>, map: (item: A) => B): EndableStream<B> {
  return new MappedStream(source, map);
}
