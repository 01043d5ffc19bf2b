import type { TestBackend } from '../support/backend.ts';

/** A subscription as its reader has it so far. */
export interface Followed extends AsyncDisposable {
  readonly items: readonly { readonly id: string; readonly data: unknown }[];
  /** Resolves when the server ends the stream; throws for one that it ends with an error. */
  readonly ended: Promise<void>;
}

/** Opens a subscription as an event stream; closed with its scope. */
export async function follow(
  { backend }: TestBackend,
  path: string,
  input: unknown,
  token: string,
): Promise<Followed> {
  const abort = new AbortController();
  const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
  const response = await backend.http.request(`/trpc/${path}${search}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
    signal: abort.signal,
  });
  if (response.status !== 200 || response.body === null) throw new Error(`${path}: ${response.status}`);
  const { body } = response;
  const items: { id: string; data: unknown }[] = [];
  const read = async () => {
    let rest = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const frames = (rest + chunk).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(frame)?.[1];
        if (field('event') === 'serialized-error') throw new Error(`${path}: ${frame}`);
        const id = field('id');
        if (id !== undefined) items.push({ id, data: JSON.parse(field('data') ?? 'null') });
      }
    }
  };
  const ended = read().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  return {
    items,
    ended,
    async [Symbol.asyncDispose]() {
      abort.abort();
      await ended;
    },
  };
}
