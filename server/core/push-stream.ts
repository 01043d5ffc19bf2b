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

class MappedStream<A, B> implements PushStream<B> {
  readonly #source: PushStream<A>;
  readonly #map: (item: A) => B;

  constructor(source: PushStream<A>, map: (item: A) => B) {
    this.#source = source;
    this.#map = map;
  }

  get done(): boolean {
    return this.#source.done;
  }

  get failure(): unknown {
    return this.#source.failure;
  }

  take(maxBytes: number): readonly B[] {
    return this.#source.take(maxBytes).map(this.#map);
  }

  onReady(wake: () => void): void {
    this.#source.onReady(wake);
  }

  close(): void {
    this.#source.close();
  }

  [Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    return iteratePushStream(this);
  }
}

/** The same stream with each item replaced by `map(item)`, e.g. put under its event id by `tracked`. */
export function mapPushStream<A, B>(source: PushStream<A>, map: (item: A) => B): PushStream<B> {
  return new MappedStream(source, map);
}
