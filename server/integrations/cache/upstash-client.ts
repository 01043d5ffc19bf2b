import type { Redis } from '@upstash/redis';

export interface UpstashAccount {
  /** Upstash's REST address, or that of our bridge. */
  readonly url: string;
  readonly token: string;
}

export interface UpstashClientOptions extends UpstashAccount {
  /** Each request is aborted after this long; the SDK then throws, for a signal given as a function never becomes data. */
  readonly deadlineMs: number;
  /** Parse replies as JSON where they look like it. The cache wants its text back as it was. */
  readonly parseReplies: boolean;
}

/** The SDK without its own retries (a retry is a second bill and a second wait) and without auto-pipelining, which reorders. */
export async function openUpstash(options: UpstashClientOptions): Promise<Redis> {
  const { Redis } = await import('@upstash/redis');
  return new Redis({
    url: options.url,
    token: options.token,
    retry: { retries: 0 },
    signal: () => AbortSignal.timeout(options.deadlineMs),
    automaticDeserialization: options.parseReplies,
    enableAutoPipelining: false,
    enableTelemetry: false,
    readYourWrites: false,
  });
}
