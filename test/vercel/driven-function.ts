import { sseParser } from '../../sdk/src/sse-parser.ts';

const origin = 'https://api.example.com';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A built function as the platform calls it: by requests, with a request context that takes work to wait for. */
export class DrivenFunction {
  readonly #fetch: (request: Request) => Promise<Response>;
  #pending: Promise<unknown>[] = [];
  token: string | null = null;

  constructor(module: unknown) {
    const { default: handler } = module as { default: { fetch(request: Request): Promise<Response> } };
    this.#fetch = (request) => handler.fetch(request);
    Reflect.set(globalThis, Symbol.for('@vercel/request-context'), {
      get: () => ({ waitUntil: (work: Promise<unknown>) => this.#pending.push(work) }),
    });
  }

  /** Waits as the platform does before it suspends the instance; resolves how many works it was told of. */
  async settled(): Promise<number> {
    const works = this.#pending;
    this.#pending = [];
    await Promise.all(works);
    return works.length;
  }

  async send(path: string, init?: RequestInit): Promise<Answer> {
    const response = await this.#fetch(
      new Request(`${origin}${path}`, { ...init, headers: this.#headers() }),
    );
    return { status: response.status, body: await response.json() };
  }

  query(path: string, input: unknown = {}): Promise<Answer> {
    return this.send(`/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`);
  }

  mutate(path: string, input: unknown): Promise<Answer> {
    return this.send(`/trpc/${path}`, { method: 'POST', body: JSON.stringify(input) });
  }

  /** Reads a subscription over SSE until the server ends it or `until` has seen enough. */
  async follow(
    path: string,
    input: unknown,
    until: (event: RunEvent) => boolean = () => false,
  ): Promise<RunEvent[]> {
    const url = `${origin}/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`;
    const response = await this.#fetch(new Request(url, { headers: this.#headers() }));
    if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
      throw new Error(`no stream but ${response.status}: ${await response.text()}`);
    }
    const parser = sseParser();
    const events: RunEvent[] = [];
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      for (const { type, data } of parser.feed(chunk)) {
        if (type !== 'message') continue;
        const event = JSON.parse(data) as RunEvent;
        events.push(event);
        if (until(event)) return events;
      }
    }
    return events;
  }

  #headers(): Record<string, string> {
    return {
      host: new URL(origin).host,
      'content-type': 'application/json',
      'x-forwarded-for': '203.0.113.7',
      ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
    };
  }
}

export interface RunEvent {
  readonly type: string;
  readonly seq?: number;
  readonly text?: string;
  readonly runId?: string;
}
