import { type AnyTRPCRouter, getTRPCErrorFromUnknown, type TRPCError } from '@trpc/server';
import type { Caller } from '../core/authorise.ts';
import { type OpenStream, reauthorise } from '../core/open-stream.ts';
import type { PushStream } from '../core/push-stream.ts';
import { answerHead, dataText, errorText, startedText, stoppedText } from './envelope.ts';
import type { Source } from './outlet.ts';
import type { RequestId, RequestMessage } from './protocol.ts';

export interface SubscriptionHost {
  readonly router: AnyTRPCRouter;
  /** Sends one frame. */
  send(text: string): void;
  /** There is something to take. */
  wake(): void;
  /** A defect in what cannot be told to the client; logged. */
  defect(error: unknown): void;
  /** The subscription's stream ended by an error; says whether the socket goes on and the client should be told. */
  failed(subscription: Subscription, error: TRPCError, cause: unknown): boolean;
}

/** One subscription of one socket: from the request until `stopped` or an error was sent. */
export class Subscription implements Source {
  ready = false;
  finished = false;
  /** The context of its procedure, for the shape of a later error. */
  ctx: object | undefined;
  /** What its procedure opened, where that depends on rights. */
  opened: OpenStream | null = null;
  readonly id: RequestId;
  readonly path: string;
  readonly #host: SubscriptionHost;
  readonly #head: string;
  readonly #abort = new AbortController();
  #stream: PushStream<unknown> | null = null;

  constructor(host: SubscriptionHost, message: RequestMessage) {
    this.id = message.id;
    this.path = message.path;
    this.#host = host;
    this.#head = answerHead(message.id, message.jsonrpc);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The procedure answered with a stream; from now on it is drained. */
  follow(stream: PushStream<unknown>): void {
    if (this.finished) {
      stream.close();
      return;
    }
    this.#stream = stream;
    this.#host.send(startedText(this.#head));
    stream.onReady(() => {
      if (this.finished) return;
      this.ready = true;
      this.#host.wake();
    });
  }

  drain(maxBytes: number, texts: string[]): number {
    const stream = this.#stream;
    if (stream === null) return 0;
    try {
      // Cleared first: a wake that comes while taking must not be lost.
      this.ready = false;
      const items = stream.take(maxBytes);
      let chars = 0;
      for (const item of items) {
        const text = dataText(this.#head, item, this.#host.router);
        texts.push(text);
        chars += text.length;
      }
      if (items.length > 0) this.ready = true;
      else if (stream.done) this.#end(stream, texts);
      return chars;
    } catch (error) {
      this.fail(error, texts);
      return 0;
    }
  }

  /** The rights of the socket are others now. */
  reauthorise(caller: Caller): void {
    if (this.opened !== null) reauthorise(this.opened, caller);
  }

  /** The client, or the end of its socket, stops it. The caller removes it from its socket. */
  stop(tell: boolean): void {
    if (this.finished) return;
    this.#release();
    if (tell) this.#host.send(stoppedText(this.#head));
  }

  /** Ends with an error frame, put into `texts` or sent. */
  fail(cause: unknown, texts?: string[]): void {
    if (this.finished) return;
    this.#release();
    const error = getTRPCErrorFromUnknown(cause);
    if (!this.#host.failed(this, error, cause)) return;
    const context = { error, type: 'subscription', path: this.path, ctx: this.ctx } as const;
    const text = errorText(this.#head, context, this.#host.router);
    if (texts === undefined) this.#host.send(text);
    else texts.push(text);
  }

  #end(stream: PushStream<unknown>, texts: string[]): void {
    if (stream.failure !== undefined) {
      this.fail(stream.failure, texts);
      return;
    }
    this.#release();
    texts.push(stoppedText(this.#head));
  }

  #release(): void {
    this.finished = true;
    this.ready = false;
    const stream = this.#stream;
    this.#stream = null;
    this.opened = null;
    this.#abort.abort();
    try {
      stream?.close();
    } catch (error) {
      this.#host.defect(error);
    }
  }
}
