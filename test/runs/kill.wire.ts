import { randomUUID } from 'node:crypto';
import { inArray, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../db/client.ts';
import { messages } from '../../db/schema/conversations.ts';
import { runs } from '../../db/schema/runs.ts';
import { withSystemScope } from '../../db/tx.ts';
import { createPostgresRunLog } from '../../server/runs/log.postgres.ts';
import type { FollowedItem } from '../../server/runs/service.ts';
import { testDatabase, testDatabaseUrl } from '../support/database.ts';
import { HttpClient } from '../support/http-client.ts';
import { type ServerProcess, scratchFolder, startServer } from '../support/server-process.ts';
import { collect, type Started, shown, storedRun, until } from './engine-world.ts';

const ANSWERS = 20;
const ORPHANED_MS = 30_000;

interface Viewer {
  readonly runId: string;
  readonly seen: FollowedItem[];
  /** Settles when the stream ended or broke. */
  readonly over: Promise<unknown>;
}

/** One process of the deployment stays; each test has another that goes. */
let database: Database;
let staying: ServerProcess;
let elsewhere: HttpClient;
let token: string;
const data = scratchFolder();

async function startGoing(variables: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const own = {
    DATABASE_URL: await testDatabaseUrl(),
    DATA_DIR: data.path,
    OFFLINE_CHUNK_MS: '20',
    DRAIN_SECONDS: '1',
  };
  return startServer({ ...own, ...variables });
}

beforeAll(async () => {
  database = await testDatabase();
  staying = await startGoing();
  token = await signIn(staying.url);
  elsewhere = new HttpClient(staying.url, token);
}, 30_000);
afterAll(async () => {
  await staying.kill();
  data[Symbol.dispose]();
});

it('a process killed amid 20 answers leaves each ended, equal to its message, and readable from any place', async () => {
  await using first = await startGoing();
  const viewers = await Promise.all(
    Array.from({ length: ANSWERS }, () => watch(new HttpClient(first.url, token))),
  );
  await until(() => viewers.every(({ seen }) => deltas(seen) >= 2));
  const asked = Array.from({ length: ANSWERS }, question);
  const asking = asked.map((input) => new HttpClient(first.url, token).mutate<Started>('runs.start', input));
  await Promise.any(asking);
  await first.kill();
  const killedAt = performance.now();
  await Promise.allSettled(viewers.map((viewer) => viewer.over));
  const runIds = viewers.map((viewer) => viewer.runId);
  expect((await unended(runIds)).length).toBeGreaterThan(ANSWERS / 2);

  const rest = await Promise.all(viewers.map(({ runId, seen }) => follow(runId, seen.at(-1)?.id ?? null)));
  await until(async () => (await unended(runIds)).length === 0, ORPHANED_MS);
  expect(performance.now() - killedAt).toBeLessThan(ORPHANED_MS);

  for (const [index, { runId, seen }] of viewers.entries()) {
    const stored = await wholeRun(runId);
    // Before the kill and after it: one stream without a hole, a repetition or a reset.
    const whole = [...seen, ...(rest[index] ?? [])];
    expect(whole.map(({ data }) => data.type)).not.toContain('log.reset');
    expect(shown(whole)).toEqual(stored);
    expect(shown(await follow(runId, null))).toEqual(stored);
  }
  await repeatedStarts(asked, await Promise.allSettled(asking));
}, 60_000);

/** Whatever became of a start that the kill met, before its commit, between it and the answer, or after: the same key is the same run. */
async function repeatedStarts(
  asked: readonly ReturnType<typeof question>[],
  before: readonly PromiseSettledResult<Started>[],
): Promise<void> {
  expect(before.map(({ status }) => status)).toContain('fulfilled');
  const again = await Promise.all(asked.map((input) => elsewhere.mutate<Started>('runs.start', input)));
  for (const [index, outcome] of before.entries()) {
    if (outcome.status === 'fulfilled') expect(again[index]?.runId).toBe(outcome.value.runId);
  }
  const conversationIds = again.map(({ conversationId }) => conversationId);
  const stored = await withSystemScope(database, 'read', async ({ db }) => ({
    runs: await db
      .select()
      .from(runs)
      .where(
        inArray(
          runs.clientKey,
          asked.map(({ clientKey }) => clientKey),
        ),
      ),
    questions: (
      await db.select().from(messages).where(inArray(messages.conversationId, conversationIds))
    ).filter(({ role }) => role === 'user'),
  }));
  expect(stored.runs).toHaveLength(asked.length);
  expect(stored.questions).toHaveLength(asked.length);
}

it('a process that was paused writes nothing of runs that were ended meanwhile; an uncaught error ends it, drained', async () => {
  const thrower = `process.on('SIGUSR2', () => setImmediate(() => { throw new Error('of the test'); }))`;
  const hook = `--import=data:text/javascript,${encodeURIComponent(thrower)}`;
  await using going = await startGoing({ NODE_OPTIONS: hook });
  const lost = await watchSome(going);
  going.pause();
  const runIds = lost.map((viewer) => viewer.runId);
  // As if it had been paused for the time of a lease.
  await withSystemScope(database, 'write', ({ db }) =>
    db.update(runs).set({ leaseUntil: sql`now() - interval '1 s'` }).where(inArray(runs.id, runIds)),
  );
  await until(async () => (await unended(runIds)).length === 0, ORPHANED_MS);
  const ended = await Promise.all(runIds.map(wholeRun));
  going.resume();
  const viewers = await watchSome(going);
  expect(await Promise.all(runIds.map(wholeRun))).toEqual(ended);
  for (const { end } of ended) expect(end).toMatchObject({ type: 'run.incomplete', reason: 'interrupted' });
  await Promise.all(lost.map((viewer) => viewer.over));
  expect(lost.map(({ seen }) => shown(seen))).toEqual(ended);

  expect(await going.stop('SIGUSR2')).toBe(1);
  expect(going.lines.filter((line) => line.includes('uncaught error'))).toHaveLength(1);
  expect(await unended(viewers.map(({ runId }) => runId))).toEqual([]);
  for (const { runId, seen, over } of viewers) {
    await over;
    const rest = await follow(runId, seen.at(-1)?.id ?? null);
    expect(shown([...seen, ...rest])).toEqual(await wholeRun(runId));
  }
}, 60_000);

it('a process that is told to end lets its answers end in their time, then ends the rest, and exits', async () => {
  const viewers = await watchSome(staying);
  expect(await staying.stop()).toBe(0);
  expect(await unended(viewers.map(({ runId }) => runId))).toEqual([]);
  for (const { runId, seen, over } of viewers) {
    await over;
    const { text, end } = await wholeRun(runId);
    const ids = seen.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const read = seen.map(({ data }) => (data.type === 'text.delta' ? data.text : '')).join('');
    if (seen.at(-1)?.data.type === end.type) expect(read).toBe(text);
    else expect(text.startsWith(read)).toBe(true);
  }
}, 60_000);

/** A run that has ended: its log, its row and its message say the same. */
async function wholeRun(runId: string): Promise<ReturnType<typeof shown>> {
  const { terminal, answer, usage } = await storedRun(database, runId);
  const events = (await createPostgresRunLog({ database }).read(runId, 0)).flatMap((entry) => entry.events);
  const stored = shown(events.map((event) => ({ id: '', data: event })));
  expect(stored.end).toEqual(terminal);
  expect(['run.completed', 'run.incomplete', 'run.failed']).toContain(stored.end.type);
  expect(answer.map((message) => message.content)).toEqual(stored.text === '' ? [] : [stored.text]);
  expect(usage).toHaveLength(1);
  return stored;
}

async function signIn(url: string): Promise<string> {
  const session = await new HttpClient(url).mutate<{ accessToken: string }>('identity.signInForDevelopment', {
    email: 'elite@example.com',
  });
  return session.accessToken;
}

function question() {
  return {
    clientKey: randomUUID(),
    agentId: 'agt_closer',
    message: 'How do I open a call with a busy surgeon, and what do I say when he has no time?',
  };
}

async function watch(client: HttpClient): Promise<Viewer> {
  const { runId } = await client.mutate<Started>('runs.start', question());
  const seen: FollowedItem[] = [];
  const read = async () => {
    for await (const item of client.subscribe<FollowedItem['data']>('runs.follow', { runId }))
      seen.push(item);
  };
  return { runId, seen, over: read().catch((error: unknown) => error) };
}

/** Five viewers of five answers that a process has begun. */
async function watchSome({ url }: ServerProcess): Promise<Viewer[]> {
  const viewers = await Promise.all(Array.from({ length: 5 }, () => watch(new HttpClient(url, token))));
  await until(() => viewers.every(({ seen }) => deltas(seen) >= 2));
  return viewers;
}

async function follow(runId: string, lastEventId: string | null): Promise<FollowedItem[]> {
  return collect(elsewhere.subscribe('runs.follow', { runId, lastEventId }));
}

function deltas(items: readonly FollowedItem[]): number {
  return items.filter(({ data }) => data.type === 'text.delta').length;
}

function unended(runIds: readonly string[]): Promise<{ status: string }[]> {
  return withSystemScope(database, 'read', async ({ db }) => {
    const rows = await db
      .select({ status: runs.status })
      .from(runs)
      .where(inArray(runs.id, [...runIds]));
    return rows.filter(({ status }) => status === 'queued' || status === 'running');
  });
}
