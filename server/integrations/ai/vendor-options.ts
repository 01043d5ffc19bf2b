/** What an adapter needs to reach its vendor. */
export interface VendorOptions {
  readonly apiKey: string;
  /** Where the vendor's API is; its public address when not given. */
  readonly baseUrl?: string | undefined;
  /** Replaces the transport, for tests without sockets. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Only until response headers; the deadlines of an attempt are stricter. */
export const headersTimeoutMs = 60_000;
