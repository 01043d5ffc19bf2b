import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import type { JournalEntry } from './journal.ts';
import type { Wire } from './scenario.ts';
import type { Frame } from './vendor.ts';

/** Puts frames on the wire as the scenario wants them, and stops at a byte if it names one. */
export class SseWriter {
  readonly #response: ServerResponse;
  readonly #wire: Wire;
  readonly #entry: JournalEntry;
  readonly #maxBytes: number;

  constructor(response: ServerResponse, entry: JournalEntry, options: { wire: Wire; maxBytes: number }) {
    this.#response = response;
    this.#entry = entry;
    this.#wire = options.wire;
    this.#maxBytes = options.maxBytes;
  }

  /** Resolves false once the byte limit is reached; what is within it was sent. */
  async frame(frame: Frame): Promise<boolean> {
    const lines = [`event: ${frame.event}`, `data: ${JSON.stringify(frame.data)}`, '', ''];
    if (this.#wire.comments === true) lines.unshift(': a comment');
    if (this.#wire.unknownEvents === true)
      lines.unshift('event: vendor.news', 'id: 7', 'data: {"type":"vendor.news"}', '');
    const text = lines.join(this.#wire.newline ?? '\n');
    return this.raw(this.#wire.doubledFrames === true ? text + text : text);
  }

  async raw(text: string): Promise<boolean> {
    const whole = Buffer.from(text);
    const bytes = whole.subarray(0, this.#maxBytes - this.#entry.bytesSent);
    const size = this.#wire.chunkBytes ?? bytes.length;
    for (let at = 0; at < bytes.length; at += size) {
      const chunk = bytes.subarray(at, at + size);
      this.#entry.bytesSent += chunk.length;
      if (!this.#response.write(chunk)) await this.#drained();
      if (this.#wire.chunkBytes !== undefined) await turn();
    }
    return bytes.length === whole.length;
  }

  #drained(): Promise<void> {
    if (this.#response.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#response.off('drain', done).off('close', done);
        resolve();
      };
      this.#response.on('drain', done).on('close', done);
    });
  }
}
