import { randomUUID } from 'node:crypto';
import { inArray } from 'drizzle-orm';
import { expect, it } from 'vitest';
import type { Database } from '../../db/client.ts';
import { runs } from '../../db/schema/runs.ts';
import { withSystemScope } from '../../db/tx.ts';
import { createPostgresRunLog } from '../../server/runs/log.postgres.ts';
import type { FollowedItem } from '../../server/runs/service.ts';
import { testDatabase, testDatabaseUrl } from '../support/database.ts';
import { HttpClient } from '../support/http-client.ts';
import { scratchFolder, startServer } from '../support/server-process.ts';
import { collect, type Started, shown, storedRun, until } from './engine-world.ts';

const ANSWERS = 20;
const ORPHANED_MS = 30_000;

interface Viewer {
  readonly runId: string;
  readonly seen: FollowedItem[];
  /** Settles when the stream ended or broke. */
  readonly over: Promise<unknown>;
}

it('a process killed amid 20 answers leaves each ended, equal to its message, and readable from any place', async () => {
  using data = scratchFolder();
  const variables = { DATABASE_URL: await testDatabaseUrl(), DATA_DIR: data.path, OFFLINE_CHUNK_MS: '20' };
  const database = await testDatabase();
  await using first = await startServer(variables);
  const token = await signIn(first.url);
  const viewers = await Promise.all(
    Array.from({ length: ANSWERS }, () => watch(new HttpClient(first.url, token))),
  );
  await until(() => viewers.every(({ seen }) => deltas(seen) >= 2));
  await first.kill();
  const killedAt = performance.now();
  await Promise.allSettled(viewers.map((viewer) => viewer.over));
  const runIds = viewers.map((viewer) => viewer.runId);
  expect((await unended(database, runIds)).length).toBeGreaterThan(ANSWERS / 2);

  await using second = await startServer(variables);
  const again = new HttpClient(second.url, token);
  const rest = await Promise.all(
    viewers.map(({ runId, seen }) => follow(again, runId, seen.at(-1)?.id ?? null)),
  );
  await until(async () => (await unended(database, runIds)).length === 0, ORPHANED_MS);
  expect(performance.now() - killedAt).toBeLessThan(ORPHANED_MS);

  const log = createPostgresRunLog({ database });
  for (const [index, { runId, seen }] of viewers.entries()) {
    const { terminal, answer, usage } = await storedRun(database, runId);
    const events = (await log.read(runId, 0)).flatMap((entry) => entry.events);
    const stored = shown(events.map((event) => ({ id: '', data: event })));
    expect(stored.end).toEqual(terminal);
    expect(['run.completed', 'run.incomplete', 'run.failed']).toContain(stored.end.type);
    expect(answer.map((message) => message.content)).toEqual(stored.text === '' ? [] : [stored.text]);
    expect(usage).toHaveLength(1);
    // Before the kill and after it: one stream without a hole, a repetition or a reset.
    const whole = [...seen, ...(rest[index] ?? [])];
    expect(whole.map(({ data }) => data.type)).not.toContain('log.reset');
    expect(shown(whole)).toEqual(stored);
    expect(shown(await follow(again, runId, null))).toEqual(stored);
  }
}, 60_000);

async function signIn(url: string): Promise<string> {
  const session = await new HttpClient(url).mutate<{ accessToken: string }>('identity.signInForDevelopment', {
    email: 'elite@example.com',
  });
  return session.accessToken;
}

async function watch(client: HttpClient): Promise<Viewer> {
  const { runId } = await client.mutate<Started>('runs.start', {
    clientKey: randomUUID(),
    agentId: 'agt_closer',
    message: 'How do I open a call with a busy surgeon, and what do I say when he has no time?',
  });
  const seen: FollowedItem[] = [];
  const read = async () => {
    for await (const item of client.subscribe<FollowedItem['data']>('runs.follow', { runId }))
      seen.push(item);
  };
  return { runId, seen, over: read().catch((error: unknown) => error) };
}

async function follow(
  client: HttpClient,
  runId: string,
  lastEventId: string | null,
): Promise<FollowedItem[]> {
  return collect(client.subscribe('runs.follow', { runId, lastEventId }));
}

function deltas(items: readonly FollowedItem[]): number {
  return items.filter(({ data }) => data.type === 'text.delta').length;
}

function unended(database: Database, runIds: readonly string[]): Promise<{ status: string }[]> {
  return withSystemScope(database, 'read', async ({ db }) => {
    const rows = await db
      .select({ status: runs.status })
      .from(runs)
      .where(inArray(runs.id, [...runIds]));
    return rows.filter(({ status }) => status === 'queued' || status === 'running');
  });
}
