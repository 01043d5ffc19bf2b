/** What Hono carries along a request of ours. */
export type HttpEnv = {
  Variables: {
    requestId: string;
    address: string;
    /** What a page says in place of the common headers. */
    pageHeaders?: Readonly<Record<string, string>>;
  };
  Bindings: { incoming?: { socket: { remoteAddress?: string } } };
};
