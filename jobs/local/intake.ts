import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { JobEvent } from '../../db/schema/jobs.ts';
import { newId } from '../../server/core/ids.ts';
import { dispatchEvents } from './dispatch.ts';
import type { Engine } from './engine.ts';
import { transact } from './transact.ts';

/** The channel on which executors hear of new work. */
export const wakeChannel = 'repspheres_jobs';

const SentEvent = z.object({
  id: z.string().min(1).nullish(),
  name: z
    .string()
    .min(1)
    .regex(/^(?!inngest\/)/, 'names that begin with inngest/ are reserved'),
  data: z.record(z.string(), z.unknown()).nullish(),
  ts: z.number().nullish(),
});
export type SentEvent = z.input<typeof SentEvent>;

/** An event that cannot be taken, whatever the number of attempts. */
class EventRefused extends Error {}

/**
 * Takes events as Inngest's event endpoint does; returns their ids. An id seen before is accepted and has no effect.
 * `seed` makes the ids of events without one repeatable, so that a resent request does not double them.
 */
export async function receiveEvents(
  engine: Engine,
  sent: readonly unknown[],
  seed?: string,
): Promise<string[]> {
  const events = sent.map((one, index) => readEvent(engine, one, seed && `${seed}:${index}`));
  await transact(engine, async (work) => {
    await dispatchEvents(work, events);
    await work.scope.db.execute(sql`select pg_notify(${wakeChannel}, '')`);
  });
  return events.map((event) => event.id);
}

function readEvent(engine: Engine, sent: unknown, seed: string | undefined): JobEvent {
  const read = SentEvent.safeParse(sent);
  if (!read.success) throw new EventRefused(`Not an event: ${z.prettifyError(read.error)}`);
  const data = read.data.data ?? {};
  const text = JSON.stringify(data);
  const limit = engine.settings.maxEventBytes;
  if (Buffer.byteLength(text) > limit) {
    throw new EventRefused(`Event ${read.data.name} has more than ${limit} bytes.`);
  }
  if (text.includes('\\u0000') && /(?<!\\)(?:\\\\)*\\u0000/.test(text)) {
    throw new EventRefused(`Event ${read.data.name} contains the character U+0000.`);
  }
  const id =
    read.data.id ??
    (seed ? `evt_${createHash('sha256').update(seed).digest('hex').slice(0, 32)}` : newId('event'));
  return { id, name: read.data.name, data, ts: read.data.ts ?? engine.clock.now() };
}

/**
 * A `fetch` for the Inngest client that answers its event endpoint from this process: no network, no second server.
 * Everything else of Inngest's API answers 501.
 */
export function createLocalFetch(engine: Engine): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    if (request.method !== 'POST' || !pathname.startsWith('/e/')) {
      return answer(501, { error: `The local executor has no ${request.method} ${pathname}.` });
    }
    try {
      const body: unknown = await request.json();
      const seed = request.headers.get('x-inngest-event-id-seed') ?? undefined;
      const ids = await receiveEvents(engine, Array.isArray(body) ? body : [body], seed);
      return answer(200, { ids, status: 200 });
    } catch (error) {
      if (!(error instanceof EventRefused)) throw error;
      return answer(400, { ids: [], status: 400, error: error.message });
    }
  };
}

function answer(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}
