import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { BufferBudget, Buffering } from './buffer-budget.ts';
import type { Flushable, Flusher } from './flusher.ts';
import { encodeTextFrames } from './frames.ts';
import type { SocketLimits } from './limits.ts';

/** One stream of frames among those that share a socket. */
export interface Source {
  /** False until its stream says that there is something to take. */
  readonly ready: boolean;
  /** True once its last frame was drained; it is then forgotten. */
  readonly finished: boolean;
  /** Appends the texts of what is ready, at most about `maxBytes`; returns their length, 0 when nothing was ready. */
  drain(maxBytes: number, texts: string[]): number;
}

export interface OutletOwner {
  readonly writable: boolean;
  /** The reader is too slow for what the socket already holds. */
  overflow(): void;
  drop(): void;
  /** A defect while writing: ends this socket, not the process. */
  broken(error: unknown): void;
}

export interface OutletShare {
  readonly flusher: Flusher;
  readonly budget: BufferBudget;
  readonly limits: SocketLimits;
  readonly clock: Clock;
}

/** Sources take turns of at most this much, so that a busy one does not hold back the others of its socket. */
const TURN_BYTES = 16 * 1024;
const NO_TEXTS: string[] = [];

/**
 * The writing half of one socket: all frames of a turn in one write, nothing taken from streams above the mark.
 * It writes whole frames past the ws library to the TCP socket it was given; without compression the library writes
 * synchronously too, so frames cannot interleave.
 */
export class Outlet implements Flushable, Buffering {
  queued = false;
  buffered = 0;
  /** When the buffer passed the mark (clock ms); 0 while it is below. */
  congestedSince = 0;
  open = true;
  readonly sources: Source[] = [];
  #outbox: string[] = NO_TEXTS;
  #turn = 0;
  readonly #socket: Socket;
  readonly #share: OutletShare;
  readonly #owner: OutletOwner;

  constructor(socket: Socket, share: OutletShare, owner: OutletOwner) {
    this.#socket = socket;
    this.#share = share;
    this.#owner = owner;
  }

  /** Queues one frame; written with the others of this turn. */
  send(text: string): void {
    if (!this.open) return;
    if (this.#outbox === NO_TEXTS) this.#outbox = [text];
    else this.#outbox.push(text);
    this.#share.flusher.add(this);
  }

  /** A source became ready. */
  wake(): void {
    if (this.open && this.congestedSince === 0) this.#share.flusher.add(this);
  }

  flush(): void {
    if (!this.open || !this.#owner.writable) return;
    try {
      this.#flush();
    } catch (error) {
      this.#owner.broken(error);
    }
  }

  #flush(): void {
    const texts = this.#outbox === NO_TEXTS ? [] : this.#outbox;
    this.#outbox = NO_TEXTS;
    if (this.congestedSince === 0)
      this.#collect(this.#share.limits.markBytes - this.#socket.writableLength, texts);
    if (texts.length > 0 && this.open) this.#write(texts);
    if (this.congestedSince === 0 && this.sources.some((source) => source.ready))
      this.#share.flusher.add(this);
  }

  /** Writes what waits, and nothing after it. */
  close(): void {
    if (!this.open) return;
    if (this.#outbox.length > 0 && this.#owner.writable) this.#socket.write(encodeTextFrames(this.#outbox));
    this.#outbox = NO_TEXTS;
    this.open = false;
    this.sources.length = 0;
    this.congestedSince = 0;
  }

  measure(): void {
    this.#share.budget.record(this, this.#socket.destroyed ? 0 : this.#socket.writableLength);
  }

  drop(): void {
    this.#owner.drop();
  }

  /** Takes from streams again once the buffer is below the mark. */
  relieve(): void {
    this.measure();
    if (this.congestedSince === 0 || this.buffered >= this.#share.limits.markBytes) return;
    this.congestedSince = 0;
    this.wake();
  }

  /** Round robin: each ready source a turn, until the room is used or a whole round brought nothing. */
  #collect(room: number, texts: string[]): void {
    let left = room;
    let idle = 0;
    while (left > 0 && idle < this.sources.length) {
      this.#turn = (this.#turn + 1) % this.sources.length;
      const source = this.sources[this.#turn];
      const taken = source?.ready === true ? source.drain(Math.min(TURN_BYTES, left), texts) : 0;
      if (source?.finished === true) this.sources.splice(this.#turn, 1);
      else idle = taken === 0 ? idle + 1 : 0;
      left -= taken;
    }
  }

  #write(texts: readonly string[]): void {
    this.#socket.write(encodeTextFrames(texts));
    const held = this.#socket.writableLength;
    if (held === 0 && this.buffered === 0) return;
    this.#share.budget.record(this, held);
    if (held >= this.#share.limits.markBytes) this.#congest();
    if (held > this.#share.limits.socketBufferBytes) this.#owner.overflow();
    this.#share.budget.enforce();
  }

  #congest(): void {
    if (this.congestedSince !== 0) return;
    this.congestedSince = this.#share.clock.now();
    if (this.#socket.writableNeedDrain) this.#socket.once('drain', () => this.relieve());
  }
}
