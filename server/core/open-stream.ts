import { authorise, type Caller, type Guard } from './authorise.ts';
import { toFailure } from './failure.ts';
import type { EndableStream } from './push-stream.ts';

/** A stream that a call has opened, and what its caller must be allowed for it to go on. */
export interface OpenStream {
  readonly guard: Guard;
  readonly items: EndableStream<unknown>;
  /** Aborted when its reader has left. */
  readonly signal: AbortSignal;
}

/** Ends a stream that its caller, as they are now, may no longer have: with the failure that opening it would meet. */
export function reauthorise({ guard, items }: OpenStream, caller: Caller): void {
  try {
    authorise(guard, caller);
  } catch (error) {
    items.fail(toFailure(error));
  }
}
