import { statusError } from './checked-fetch.ts';
import { sdkError } from './errors.ts';
import type { EventSourceInit } from './options.ts';
import { sseParser } from './sse-parser.ts';

/** Without the head of an answer for this long the connection counts as failed. */
const connectTimeoutMs = 15_000;
/** No event of ours is longer; a line that never ends must not fill the memory. */
const maxErrorBodyLength = 65_536;

type Listener = (event: never) => void;

/**
 * An event source over fetch: its token travels in a header, never in the URL. It does not reconnect by itself: a
 * connection that ends without the server's `return` is an error event, and the subscription above decides.
 */
export class FetchEventSource {
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSED = 2;
  readyState = 0;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #abort = new AbortController();

  constructor(url: string, init: EventSourceInit) {
    this.#run(url, init).catch((cause: unknown) => this.#fail(cause));
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  removeEventListener(type: string, listener: Listener): void {
    const rest = (this.#listeners.get(type) ?? []).filter((known) => known !== listener);
    this.#listeners.set(type, rest);
  }

  close(): void {
    this.readyState = this.CLOSED;
    this.#abort.abort();
  }

  async #run(url: string, init: EventSourceInit): Promise<void> {
    const response = await this.#connect(url, init);
    const reader = response.body?.getReader();
    if (!reader) throw sdkError('sdk.unexpected-answer', { status: response.status });
    this.readyState = this.OPEN;
    const decoder = new TextDecoder();
    const parser = sseParser();
    for (;;) {
      const { value, done } = await reader.read();
      // The status tells it from a server that cannot be reached: this is how the server rotates its streams.
      if (done) throw sdkError('sdk.network', { status: response.status });
      for (const event of parser.feed(decoder.decode(value, { stream: true }))) {
        if (event.type === 'serialized-error') throw { error: JSON.parse(event.data) };
        this.#emit(event.type, event);
        if (this.readyState === this.CLOSED) return;
      }
    }
  }

  async #connect(url: string, { fetch, headers }: EventSourceInit): Promise<Response> {
    const timer = setTimeout(() => this.#abort.abort(), connectTimeoutMs);
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', ...headers },
      cache: 'no-store',
      signal: this.#abort.signal,
    }).finally(() => clearTimeout(timer));
    const type = response.headers.get('content-type') ?? '';
    if (response.ok && type.includes('text/event-stream')) return response;
    if (!type.includes('json')) throw statusError(response);
    const body: unknown = JSON.parse((await response.text()).slice(0, maxErrorBodyLength));
    throw Array.isArray(body) ? body[0] : body;
  }

  #fail(cause: unknown): void {
    if (this.readyState === this.CLOSED) return;
    this.close();
    this.#emit('error', cause);
  }

  #emit(type: string, event: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) heard(listener)(event);
  }
}

/** Who listens to a type of event knows what it is given. */
function heard(listener: Listener): (event: unknown) => void {
  return listener as (event: unknown) => void;
}
