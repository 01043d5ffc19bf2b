/** A caller without an SDK: plain JSON and plain SSE, as any language would. */
export class HttpClient {
  readonly #url: string;
  readonly #token: string | null;

  constructor(url: string, token: string | null = null) {
    this.#url = url;
    this.#token = token;
  }

  /** The data of a mutation; throws with the server's answer when it failed. */
  async mutate<T>(path: string, input: unknown): Promise<T> {
    const response = await fetch(`${this.#url}/trpc/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#headers() },
      body: JSON.stringify(input),
    });
    const body = (await response.json()) as { result?: { data: T } };
    if (body.result === undefined) throw new Error(`${path}: ${JSON.stringify(body)}`);
    return body.result.data;
  }

  /** The items of a subscription until it ends or `signal` fires; rejects when the connection breaks. */
  async *subscribe<T>(
    path: string,
    input: unknown,
    signal?: AbortSignal,
  ): AsyncGenerator<{ id: string; data: T }> {
    const query = encodeURIComponent(JSON.stringify(input));
    const response = await fetch(`${this.#url}/trpc/${path}?input=${query}`, {
      headers: { accept: 'text/event-stream', ...this.#headers() },
      ...(signal === undefined ? {} : { signal }),
    });
    if (!response.ok || response.body === null) throw new Error(`${path}: ${await response.text()}`);
    let rest = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const frames = (rest + chunk).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(frame)?.[1];
        const [id, data, event] = [field('id'), field('data'), field('event')];
        if (event === 'serialized-error') throw new Error(`${path}: ${data}`);
        if (id !== undefined && data !== undefined) yield { id, data: JSON.parse(data) as T };
      }
    }
  }

  #headers(): Record<string, string> {
    return this.#token === null ? {} : { authorization: `Bearer ${this.#token}` };
  }
}
