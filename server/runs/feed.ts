import { iteratePushStream, type PushStream } from '../core/push-stream.ts';
import { formatCursor } from './cursor.ts';
import type { RunEvent } from './events.ts';
import type { FollowedItem } from './service.ts';
import type { Tailer } from './tailer.ts';

/** A merged delta, in UTF-16 units, stays under the socket's mark of 64 KiB also where each is three bytes. */
const MAX_MERGED_CHARS = 16 * 1024;
/** JSON around the text of an event, roughly. */
const ENVELOPE_BYTES = 120;

/** One viewer of a run: a cursor over the shared tailer. A slow viewer gets adjacent deltas merged (P11), never a gap. */
export class RunFeed implements PushStream<FollowedItem> {
  readonly #tailer: Tailer;
  readonly #leave: () => void;
  #seq: number;
  /** The tailer's count when this viewer last looked. */
  #rewrites: number;
  #reset: boolean;
  #wake: (() => void) | null = null;
  #closed = false;

  constructor(
    tailer: Tailer,
    start: { readonly afterSeq: number; readonly reset: boolean },
    onClose: () => void,
  ) {
    this.#tailer = tailer;
    this.#seq = start.afterSeq;
    this.#reset = start.reset;
    this.#rewrites = tailer.rewrites;
    const unwatch = tailer.watch(() => this.#wake?.());
    this.#leave = () => {
      unwatch();
      onClose();
    };
  }

  get done(): boolean {
    return (
      this.#closed ||
      (this.#tailer.ended && this.#seq >= this.#tailer.lastSeq && !this.#reset && !this.#isCut)
    );
  }

  get failure(): unknown {
    return undefined;
  }

  take(maxBytes: number): readonly FollowedItem[] {
    if (this.#closed) return [];
    const items: FollowedItem[] = [];
    let bytes = 0;
    if (this.#isCut) {
      this.#rewrites = this.#tailer.rewrites;
      this.#seq = this.#tailer.baseSeq;
      this.#reset = true;
    }
    if (this.#reset) {
      this.#reset = false;
      const text = this.#tailer.textAt(this.#seq);
      items.push({
        id: formatCursor(this.#tailer.epoch, this.#seq),
        data: { type: 'log.reset', seq: this.#seq, text },
      });
      bytes += ENVELOPE_BYTES + Buffer.byteLength(text);
    }
    while (bytes < maxBytes) {
      const item = this.#next();
      if (item === null) break;
      items.push(item);
      bytes += ENVELOPE_BYTES + ('text' in item.data ? Buffer.byteLength(item.data.text) : 0);
    }
    return items;
  }

  onReady(wake: () => void): void {
    this.#wake = wake;
    if (this.#seq < this.#tailer.lastSeq || this.#reset || this.#isCut || this.done) wake();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake = null;
    this.#leave();
  }

  [Symbol.asyncIterator](): AsyncIterator<FollowedItem> {
    return iteratePushStream(this);
  }

  /** What comes next is not kept, or what the viewer saw was lost since: it starts again from the text. */
  get #isCut(): boolean {
    return this.#rewrites !== this.#tailer.rewrites || this.#seq < this.#tailer.baseSeq;
  }

  #next(): FollowedItem | null {
    const slot = this.#tailer.at(this.#seq + 1);
    if (slot === undefined) return null;
    let event: RunEvent = slot.event;
    let last = slot;
    if (event.type === 'text.delta') {
      for (
        let more = this.#tailer.at(event.seq + 1);
        more !== undefined;
        more = this.#tailer.at(event.seq + 1)
      ) {
        const next = more.event;
        if (next.type !== 'text.delta' || next.block !== event.block) break;
        if (event.text.length + next.text.length > MAX_MERGED_CHARS) break;
        event = { ...next, fromSeq: event.fromSeq ?? event.seq, text: event.text + next.text };
        last = more;
      }
    }
    this.#seq = event.seq;
    return { id: formatCursor(last.epoch, event.seq), data: event };
  }
}

/** A feed that is known whole: the snapshot and terminal of a run whose log is gone. */
export function fixedFeed(items: readonly FollowedItem[]): PushStream<FollowedItem> {
  let rest: readonly FollowedItem[] = items;
  const feed: PushStream<FollowedItem> = {
    get done() {
      return rest.length === 0;
    },
    failure: undefined,
    take() {
      const all = rest;
      rest = [];
      return all;
    },
    onReady: (wake) => wake(),
    close() {
      rest = [];
    },
    [Symbol.asyncIterator]: () => iteratePushStream(feed),
  };
  return feed;
}
