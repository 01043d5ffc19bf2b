import { hash } from 'node:crypto';
import { PushQueue } from './push-queue.ts';
import type { PushStream } from './push-stream.ts';
import type { StreamItem } from './subscription.ts';

/** Many changes within this time are read once. */
const SETTLE_MS = 100;
const ASK_EVERY_MS = 60_000;

export interface WatchedView {
  /** The view as it is now; read at the start and after each hint. */
  read(): Promise<unknown>;
  subscribe(wake: () => void): () => void;
  /** Asks for hints where they are sent on request only: before the first reading, then every minute. */
  askForHints?(): Promise<void>;
  /** The id of the last item the reader has; the same view is not sent again. */
  readonly lastEventId: string | null;
}

/** A stream of a view's states: the present one, then each that differs. A failed reading ends it; the reader comes again. */
export function watchView(view: WatchedView): PushStream<StreamItem> {
  let lastId = view.lastEventId;
  let timer: NodeJS.Timeout | null = null;
  let reading: Promise<void> = Promise.resolve();
  const read = async () => {
    const data = await view.read();
    const id = hash('sha256', JSON.stringify(data), 'base64url').slice(0, 22);
    if (id === lastId) return;
    lastId = id;
    queue.push({ id, data });
  };
  const readNext = () => {
    reading = reading.then(read).catch((error: unknown) => queue.end(error));
  };
  const ask = async () => {
    await view.askForHints?.();
  };
  const asking = setInterval(() => ask().catch((error: unknown) => queue.end(error)), ASK_EVERY_MS);
  const unsubscribe = view.subscribe(() => {
    timer ??= setTimeout(() => {
      timer = null;
      readNext();
    }, SETTLE_MS);
  });
  const queue = new PushQueue<StreamItem>({
    onClose: () => {
      unsubscribe();
      clearInterval(asking);
      if (timer !== null) clearTimeout(timer);
    },
  });
  reading = ask().catch((error: unknown) => queue.end(error));
  readNext();
  return queue;
}
