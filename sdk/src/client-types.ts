import type { RepSpheresError } from './errors.ts';

export interface CallOptions {
  /** Ends the call; it rejects with `sdk.aborted`. */
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole call, repeats included. Default: the client's `timeoutMs`. */
  readonly timeoutMs?: number;
}

export interface MutationOptions extends CallOptions {
  /**
   * Names this act: the server performs it once, however often it arrives. Default: a new random key for each call.
   * Null sends none, and then the SDK never repeats the call.
   */
  readonly idempotencyKey?: string | null;
}

export interface SubscriptionHandlers<Item> {
  onData(item: Item, context: { readonly id: string | undefined }): void;
  /** The subscription ended for good. Lost connections do not come here: they are repaired. */
  onError?(error: RepSpheresError): void;
  /** The server ended the subscription. */
  onComplete?(): void;
}

export interface SubscriptionOptions {
  readonly signal?: AbortSignal;
  /** Continue after this event instead of from the beginning. */
  readonly lastEventId?: string;
}

export interface Unsubscribable {
  unsubscribe(): void;
}

/** The arguments of a call: its input may be left out where nothing in it is required. */
export type Args<Input, Rest> =
  Record<string, never> extends Input ? [input?: Input, options?: Rest] : [input: Input, options?: Rest];

export interface Query<Input, Output> {
  query(...args: Args<Input, CallOptions>): Promise<Output>;
}

export interface Mutation<Input, Output> {
  mutate(...args: Args<Input, MutationOptions>): Promise<Output>;
}

export interface Subscription<Input, Item> {
  subscribe(
    input: Input,
    handlers: SubscriptionHandlers<Item>,
    options?: SubscriptionOptions,
  ): Unsubscribable;
}

/** The client's tree: every procedure of the contract with the one method it has. */
export type ClientOf<Tree> = {
  readonly [Key in keyof Tree]: Tree[Key] extends { kind: 'query'; input: infer Input; output: infer Output }
    ? Query<Input, Output>
    : Tree[Key] extends { kind: 'mutation'; input: infer Input; output: infer Output }
      ? Mutation<Input, Output>
      : Tree[Key] extends { kind: 'subscription'; input: infer Input; item: infer Item }
        ? Subscription<Input, Item>
        : ClientOf<Tree[Key]>;
};
