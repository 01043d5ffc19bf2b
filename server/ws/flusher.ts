/** Something that has frames to write. */
export interface Flushable {
  queued: boolean;
  flush(): void;
}

/** How long one turn may write before reads get their turn again. */
const TURN_MS = 8;
const CLOCK_EVERY = 32;

/** One immediate for all sockets of the process: whatever became ready in this turn of the event loop goes out together. */
export class Flusher {
  #waiting: Flushable[] = [];
  #scheduled = false;
  readonly #run = (): void => this.#turn();

  add(item: Flushable): void {
    if (item.queued) return;
    item.queued = true;
    this.#waiting.push(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#run);
  }

  #turn(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#scheduled = false;
    const end = performance.now() + TURN_MS;
    for (let index = 0; index < batch.length; index += 1) {
      const item = batch[index];
      if (item === undefined) continue;
      item.queued = false;
      item.flush();
      if (index % CLOCK_EVERY === CLOCK_EVERY - 1 && performance.now() > end) {
        this.#postpone(batch, index + 1);
        return;
      }
    }
  }

  #postpone(batch: Flushable[], from: number): void {
    if (from >= batch.length) return;
    this.#waiting = batch.slice(from).concat(this.#waiting);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#run);
  }
}
