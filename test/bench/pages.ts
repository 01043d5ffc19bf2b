import { parseArgs } from 'node:util';
import { sql } from 'drizzle-orm';
import { type Database, openDatabase } from '../../db/client.ts';
import { type InstantCursor, listConversations } from '../../db/queries/conversations.ts';
import { ensureAccount } from '../../db/queries/identity.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import { newId } from '../../server/core/ids.ts';
import { median } from './median.ts';
import { startBenchPostgres } from './postgres.ts';

export interface PageRow {
  readonly rows: number;
  /** Rows before the page. */
  readonly depth: number;
  readonly returned: number;
  /** A page of 50 through a scope, one after the other; ms. */
  readonly medianMs: number;
  readonly worstMs: number;
  readonly timesFirst: number;
}

interface Owner {
  readonly orgId: string;
  readonly userId: string;
}

const PAGE = 50;
const ROUNDS = 101;
const WARM_UP = 20;

/** Bench (e): pages of one owner's conversations. Floors at 1,000,000 rows: deepest <= 1.5 x first and < 5 ms. About a minute, mostly filling. */
export async function benchPages({ rows = 1_000_000 } = {}): Promise<PageRow[]> {
  await using postgres = await startBenchPostgres();
  const database = openDatabase({
    url: postgres.url,
    poolSize: 2,
    slowPoolSize: 1,
    prepare: true,
    applicationName: 'bench-pages',
  });
  try {
    const owner = await fill(database, rows);
    const depths = [0, Math.floor(rows / 2), Math.floor(rows * 0.99)];
    const cursors: (InstantCursor | null)[] = [];
    for (const depth of depths) cursors.push(await cursorAt(database, owner, depth));
    const times = await measure(database, owner, cursors);
    const first = median(times[0]?.ms ?? []);
    return depths.map((depth, index) => {
      const { ms = [], returned = 0 } = times[index] ?? {};
      const two = (value: number) => Math.round(value * 100) / 100;
      return {
        rows,
        depth,
        returned,
        medianMs: two(median(ms)),
        worstMs: two(Math.max(...ms)),
        timesFirst: two(median(ms) / first),
      };
    });
  } finally {
    await database.close();
  }
}

/** The depths take turns, so that a busy neighbour slows all of them. */
async function measure(
  database: Database,
  owner: Owner,
  cursors: readonly (InstantCursor | null)[],
): Promise<{ ms: number[]; returned: number }[]> {
  const times = cursors.map(() => ({ ms: [] as number[], returned: 0 }));
  for (let round = 0; round < ROUNDS + WARM_UP; round += 1) {
    for (const [index, cursor] of cursors.entries()) {
      const since = performance.now();
      const page = await withOrgScope(database, owner.orgId, 'read', (scope) =>
        listConversations(scope, { ownerId: owner.userId, cursor, limit: PAGE }),
      );
      const time = times[index];
      if (time === undefined || round < WARM_UP) continue;
      time.ms.push(performance.now() - since);
      time.returned = page.length;
    }
  }
  return times;
}

async function fill(database: Database, rows: number): Promise<Owner> {
  const owner = { orgId: newId('organisation'), userId: newId('user') };
  await withSystemScope(database, { access: 'write', work: 'job' }, async (scope) => {
    await ensureAccount(scope, {
      ...owner,
      email: 'collector@example.com',
      organisationName: 'Example Devices',
      organisationKind: 'team',
      tier: 'repx5',
      displayName: 'Robin Example',
      role: 'owner',
    });
  });
  const step = 100_000; // each well under the 60 s of a job's statement
  for (let from = 0; from < rows; from += step) {
    await withSystemScope(database, { access: 'write', work: 'job' }, ({ db }) =>
      db.execute(sql`
        insert into conversations (org_id, id, owner_id, agent_id, app, title, created_at, updated_at)
        select ${owner.orgId}, 'conv_' || md5(n::text), ${owner.userId}, 'harvey-specter', 'crm',
          'Preparing visit ' || n, now() - n * interval '1 second', now() - n * interval '1 second'
        from generate_series(${from + 1}::int, ${Math.min(rows, from + step)}::int) n`),
    );
  }
  await database.direct`vacuum analyze conversations`;
  return owner;
}

async function cursorAt(database: Database, owner: Owner, depth: number): Promise<InstantCursor | null> {
  if (depth === 0) return null;
  const found = await withSystemScope(database, { access: 'read', work: 'job' }, ({ db }) =>
    db.execute<{ at: string; id: string }>(sql`
      select updated_at::text as at, id from conversations
      where org_id = ${owner.orgId} and owner_id = ${owner.userId} and deleted_at is null
      order by updated_at desc, id desc offset ${depth - 1} limit 1`),
  );
  return found[0] ?? null;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, rows: { type: 'string' } } });
  const rows = await benchPages({ rows: Number(values.rows ?? 1_000_000) });
  if (values.json === true) console.log(JSON.stringify(rows));
  else console.table(rows);
}
