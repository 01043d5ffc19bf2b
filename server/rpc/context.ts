import type { Call } from '../core/call.ts';
import type { OpenStream } from '../core/open-stream.ts';

/** What every procedure gets: the call as its operation will see it. */
export interface Context extends Omit<Call, 'signal'> {
  /** Told of the stream that a subscription opened; its door ends it when the caller's rights do. */
  streamOpened?(stream: OpenStream): void;
}
