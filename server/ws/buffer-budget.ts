/** A socket as the budget sees it. */
export interface Buffering {
  /** What it held when last measured. */
  buffered: number;
  /** Re-reads what it holds now and tells the budget. */
  measure(): void;
  /** Ends it at once and frees what it holds. */
  drop(): void;
}

/** Bytes that wait in this process for slow readers. Over the cap the sockets that hold most are dropped. */
export class BufferBudget {
  readonly #capBytes: number;
  readonly #holders = new Set<Buffering>();
  #bytes = 0;

  constructor(capBytes: number) {
    this.#capBytes = capBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get holders(): number {
    return this.#holders.size;
  }

  record(holder: Buffering, now: number): void {
    const before = holder.buffered;
    if (before === now) return;
    holder.buffered = now;
    this.#bytes += now - before;
    if (now === 0) this.#holders.delete(holder);
    else if (before === 0) this.#holders.add(holder);
  }

  /** Re-measures every holder; the sweep calls it, because small buffers empty without an event. */
  measureAll(): void {
    for (const holder of this.#holders) holder.measure();
  }

  /** Drops the largest holders until the cap holds. Call after a write that grew a buffer. */
  enforce(): void {
    if (this.#bytes <= this.#capBytes) return;
    this.measureAll();
    if (this.#bytes <= this.#capBytes) return;
    const largest = [...this.#holders].sort((a, b) => b.buffered - a.buffered);
    for (const holder of largest) {
      if (this.#bytes <= this.#capBytes) return;
      holder.drop();
      this.record(holder, 0);
    }
  }
}
