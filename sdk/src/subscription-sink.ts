import type { RepSpheresError } from './errors.ts';

/** What a subscription tells its owner. Lost connections are repaired below and not told. */
export interface SubscriptionSink {
  data(item: unknown, id: string | undefined): void;
  /** The server ended it in good order: is that the end, or to be opened again after a pause? */
  complete(): 'done' | 'reopen';
  /** It ended for good. */
  failed(error: RepSpheresError): void;
  /** Where to continue, when the owner knows better than the last id that arrived. */
  cursor?(): string | undefined;
}

/** A procedure and its input. */
export interface Target {
  readonly path: string;
  readonly input: unknown;
}

export interface SubscriptionRequest {
  /** For messages of errors. */
  readonly path: string;
  /** What to subscribe to, asked at each opening; may itself call the server. */
  target(route: 'ws' | 'sse'): Target | Promise<Target>;
  readonly needsPrincipal: boolean;
  readonly lastEventId?: string;
}
