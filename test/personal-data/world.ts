import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { createJobOperations } from '../../server/main/job-operations.ts';
import type { SignedIn, TestBackend } from '../support/backend.ts';
import { testDatabaseUrl } from '../support/database.ts';
import { dataOf } from '../support/members.ts';

/** Connects as the superuser, who sees every row of every table. */
export async function rootConnection(): Promise<postgres.Sql> {
  const url = new URL(await testDatabaseUrl());
  return postgres(`postgres://postgres@127.0.0.1:${url.port}${url.pathname}`, { max: 1, onnotice: () => {} });
}

/** Every table and partition of the schema. */
export async function allTables(root: postgres.Sql): Promise<string[]> {
  const rows = await root<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`;
  return rows.map(({ name }) => name).sort();
}

/** Tables that mention one of `texts` anywhere in a row, and how many rows. */
export async function mentions(
  root: postgres.Sql,
  texts: readonly string[],
): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const table of await allTables(root)) {
    const [row] = await root.unsafe(
      `select count(*)::int as count from ${table} whole_row where lower(whole_row::text) like any ($1)`,
      [texts.map((text) => `%${text.toLowerCase()}%`)],
    );
    if (row?.count > 0) found[table] = row?.count;
  }
  return found;
}

/** A conversation with a finished answer that holds `marker`. */
export async function converse(server: TestBackend, who: SignedIn, marker: string): Promise<string> {
  const input = { agentId: 'harvey-specter', message: `About ${marker}`, clientKey: randomUUID() };
  const started = await server.mutate('runs.start', input, { token: who.token });
  const { runId } = dataOf<{ runId: string }>(started);
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    const run = await server.query('runs.get', { runId }, { token: who.token });
    if (run.data?.status === 'completed') return runId;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the answer did not end');
}

/** Works a request off as the durable function does; true when it came to its end. */
export async function workOff(server: TestBackend, requestId: string): Promise<boolean> {
  const operations = createJobOperations(server.backend.ports);
  const begun = await operations.beginDataRequest({ requestId });
  if (begun === null) return false;
  for (const table of begun.tables) await operations.workOnTable({ requestId, table });
  return (await operations.finishDataRequest({ requestId })).done;
}
