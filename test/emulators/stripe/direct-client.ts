import Stripe from 'stripe';
import { type Api, answer } from './wire/answer.ts';
import { ConnectionCut, type WireAnswer } from './wire/exchange.ts';

/** Does a call of the SDK's, or something before and after it; `at` is its method and path. */
export type Around = <T>(at: string, call: () => Promise<T>) => Promise<T>;

/** The SDK's way to an account of this process: without a socket, fast enough for many thousand histories. */
export class DirectClient extends Stripe.HttpClient {
  readonly #api: Api;
  readonly #around: Around;

  constructor(api: Api, around: Around = (_, call) => call()) {
    super();
    this.#api = api;
    this.#around = around;
  }

  override getClientName(): string {
    return 'emulator';
  }

  /** Rejects with the SDK's time-out, or as a cut connection does. */
  override async makeRequest(
    ...[, , path, method, headers, data, , timeout]: Parameters<Stripe.HttpClient['makeRequest']>
  ): Promise<DirectResponse> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(Stripe.HttpClient.makeTimeoutError()), timeout);
    const request = {
      method,
      target: path,
      headers: lowered(headers),
      body: data ?? '',
      signal: abort.signal,
    };
    const [pathname = ''] = path.split('?');
    try {
      return new DirectResponse(
        await this.#around(`${method} ${pathname}`, () => answer(this.#api, request)),
      );
    } catch (failure) {
      if (failure instanceof ConnectionCut) throw new Error('the connection was cut', { cause: failure });
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }
}

class DirectResponse extends Stripe.HttpClientResponse {
  readonly #given: WireAnswer;

  constructor(given: WireAnswer) {
    super(given.status, given.headers);
    this.#given = given;
  }

  override getRawResponse(): WireAnswer {
    return this.#given;
  }

  override async toJSON(): Promise<unknown> {
    return this.#given.content;
  }
}

function lowered(headers: object): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) given[name.toLowerCase()] = String(value);
  return given;
}
