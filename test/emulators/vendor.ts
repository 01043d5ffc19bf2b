import type { IncomingHttpHeaders } from 'node:http';
import type { AskedFor, Generation } from './generation.ts';

/** One frame of a stream. `token` marks those that carry a piece of the answer: they are paced, and counted as produced. */
export interface Frame {
  readonly event: string;
  readonly data: unknown;
  readonly token?: boolean;
}

/** An answer that is not a stream. */
export interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly code?: string;
  readonly message: string;
}

/** What differs between vendors; the server does the rest. */
export interface Vendor {
  readonly name: 'openai' | 'anthropic';
  readonly path: string;
  readonly requestIdHeader: string;
  readonly limitHeaders: Readonly<Record<string, string>>;
  keyOf(headers: IncomingHttpHeaders): string | undefined;
  /** Refuses what the vendor would refuse; `now` decides which models are retired. */
  check(body: Readonly<Record<string, unknown>>, headers: IncomingHttpHeaders, now: Date): Refusal | AskedFor;
  frames(generation: Generation): Iterable<Frame>;
  ping(): Frame;
  error(code: string, requestId: string): Frame;
  failed(code: string, generation: Generation): Frame;
  errorBody(refusal: Refusal, requestId: string): unknown;
}

export function isRefusal(checked: Refusal | AskedFor): checked is Refusal {
  return 'status' in checked;
}
