import { iteratePushStream, type PushStream } from './push-stream.ts';

/** The reader did not keep up with the window of its stream: it is disconnected and resumes from its last event id. */
export class SlowReader extends Error {
  constructor() {
    super('the reader of a stream fell behind its window');
    this.name = 'SlowReader';
  }
}

export interface PushQueueOptions<T> {
  /** How much may wait for a slow reader before the queue ends with SlowReader. Default 256 KiB (design/streaming.md P11). */
  readonly windowBytes?: number;
  /** JSON bytes of an item, roughly. Default: measured by JSON.stringify. */
  readonly sizeOf?: (item: T) => number;
  /** The two as one item, or null when they cannot be one. Called only for items that wait. */
  readonly merge?: (waiting: T, next: T) => T | null;
  /** Called once when the reader leaves or the window overflows: stop producing. */
  readonly onClose?: () => void;
}

const NOTHING: readonly never[] = [];
const WINDOW_BYTES = 256 * 1024;

function jsonBytes(item: unknown): number {
  return JSON.stringify(item)?.length ?? 0;
}

/** A PushStream for ordinary producers: `push` items, `end` it; bounded, merging what waits where told how. */
export class PushQueue<T> implements PushStream<T> {
  readonly #options: PushQueueOptions<T>;
  #items: T[] = [];
  #bytes = 0;
  #wake: (() => void) | null = null;
  #awaited = true;
  #ended = false;
  #closed = false;
  #failure: unknown;

  constructor(options: PushQueueOptions<T> = {}) {
    this.#options = options;
  }

  get done(): boolean {
    return this.#ended && this.#items.length === 0;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** Adds an item; false once the queue has ended or its reader has left. */
  push(item: T): boolean {
    if (this.#ended) return false;
    this.#add(item);
    if (this.#bytes > (this.#options.windowBytes ?? WINDOW_BYTES)) {
      this.#items = [];
      this.end(new SlowReader());
      this.#leave();
      return false;
    }
    this.#signal();
    return true;
  }

  /** Ends the stream; what waits is still delivered, then `failure` if given. */
  end(failure?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#signal();
  }

  take(maxBytes: number): readonly T[] {
    const waiting = this.#items;
    if (waiting.length === 0) {
      this.#awaited = true;
      return NOTHING;
    }
    if (this.#bytes <= maxBytes) {
      this.#items = [];
      this.#bytes = 0;
      return waiting;
    }
    let count = 0;
    for (let bytes = 0; count < waiting.length && (count === 0 || bytes < maxBytes); count += 1) {
      const size = this.#sizeOf(waiting[count] as T);
      bytes += size;
      this.#bytes -= size;
    }
    return waiting.splice(0, count);
  }

  onReady(wake: () => void): void {
    this.#wake = wake;
    this.#awaited = true;
    if (this.#items.length > 0 || this.#ended) this.#signal();
  }

  close(): void {
    this.#items = [];
    this.#bytes = 0;
    this.#ended = true;
    this.#wake = null;
    this.#leave();
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return iteratePushStream(this);
  }

  #sizeOf(item: T): number {
    return (this.#options.sizeOf ?? jsonBytes)(item);
  }

  #add(item: T): void {
    const last = this.#items.at(-1);
    const merged = last === undefined ? null : (this.#options.merge?.(last, item) ?? null);
    if (last === undefined || merged === null) {
      this.#items.push(item);
      this.#bytes += this.#sizeOf(item);
      return;
    }
    this.#bytes += this.#sizeOf(merged) - this.#sizeOf(last);
    this.#items[this.#items.length - 1] = merged;
  }

  #signal(): void {
    if (!this.#awaited || this.#wake === null) return;
    this.#awaited = false;
    this.#wake();
  }

  #leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.onClose?.();
  }
}
