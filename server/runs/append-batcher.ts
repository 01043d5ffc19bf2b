/** What became of one member of a batch; failures are values so that one never hides the others. */
export type Settled<O> =
  | { readonly ok: true; readonly value: O }
  | { readonly ok: false; readonly error: unknown };

export interface BatcherOptions<I, O> {
  /** Items with the same key never share a batch; the later one waits for the next. */
  key(item: I): string;
  bytes(item: I): number;
  readonly maxItems: number;
  readonly maxBytes: number;
  /** Sends one batch; answers in the order of the items. A rejection is everybody's failure. */
  send(items: readonly I[]): Promise<readonly Settled<O>[]>;
}

interface Waiting<I, O> {
  readonly item: I;
  resolve(value: O): void;
  reject(error: unknown): void;
}

/**
 * Gathers the calls of a tick into one batch, one batch in flight. When idle, a batch leaves at the end of the
 * current microtasks, so nothing waits for a timer; while one is in flight, later calls gather for the next,
 * so a slow store widens the batches instead of queueing requests.
 */
export class AppendBatcher<I, O> {
  readonly #options: BatcherOptions<I, O>;
  #waiting: Waiting<I, O>[] = [];
  #busy = false;

  constructor(options: BatcherOptions<I, O>) {
    this.#options = options;
  }

  /** Adds an item; resolves with its own outcome. */
  add(item: I): Promise<O> {
    return new Promise<O>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#busy) return;
      this.#busy = true;
      queueMicrotask(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#sendOne(this.#takeBatch());
    this.#busy = false;
  }

  #takeBatch(): Waiting<I, O>[] {
    const { key, bytes, maxItems, maxBytes } = this.#options;
    const batch: Waiting<I, O>[] = [];
    const left: Waiting<I, O>[] = [];
    const keys = new Set<string>();
    let size = 0;
    for (const one of this.#waiting) {
      const itemKey = key(one.item);
      const itemBytes = bytes(one.item);
      const full = batch.length > 0 && (batch.length >= maxItems || size + itemBytes > maxBytes);
      if (full || keys.has(itemKey)) {
        left.push(one);
      } else {
        batch.push(one);
        size += itemBytes;
      }
      // Also after being put off: a later item of this key must not overtake it.
      keys.add(itemKey);
    }
    this.#waiting = left;
    return batch;
  }

  async #sendOne(batch: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const outcomes = await this.#options.send(batch.map((one) => one.item));
      batch.forEach((one, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined)
          one.reject(new Error('the store answered for fewer appends than it was sent'));
        else if (outcome.ok) one.resolve(outcome.value);
        else one.reject(outcome.error);
      });
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
  }
}
