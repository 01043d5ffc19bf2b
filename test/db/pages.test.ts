import { sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import type { Database } from '../../db/client.ts';
import { listAudit } from '../../db/queries/audit.ts';
import { type InstantCursor, listConversations } from '../../db/queries/conversations.ts';
import { listMessagesAfter, listMessagesBefore } from '../../db/queries/messages.ts';
import { searchConversations } from '../../db/queries/search.ts';
import type { OrgScope, ScopedDb } from '../../db/scope.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import { type TestOrganisation, testDatabase, testOrganisation } from '../support/database.ts';

const rows = 20_000;
let database: Database;
let org: TestOrganisation;
const conversationId = `conv_${'1'.padStart(32, '0')}`;

beforeAll(async () => {
  database = await testDatabase();
  org = await testOrganisation(database);
  const other = await testOrganisation(database);
  await withSystemScope(database, { access: 'write', work: 'job' }, async ({ db }) => {
    for (const { orgId, userId } of [org, other]) await seed(db, orgId, userId);
  });
  await database.direct`vacuum analyze`;
});

/** Many rows share an instant, so that the id has to break ties. */
async function seed(db: ScopedDb, orgId: string, userId: string): Promise<void> {
  const instant = sql`timestamptz '2026-01-01' + (n / 7) * interval '1 second'`;
  await db.execute(sql`
    insert into conversations (org_id, id, owner_id, agent_id, app, title, created_at, updated_at)
    select ${orgId}, 'conv_' || lpad(n::text, 32, '0'), ${userId},
      case when n % 400 = 0 then 'seldom' else 'often' end, 'crm', 'Title ' || n, ${instant}, ${instant}
    from generate_series(1, ${rows}::int) n`);
  await db.execute(sql`
    insert into messages (org_id, id, conversation_id, seq, role, content)
    select ${orgId}, 'msg_' || lpad(n::text, 32, '0'), ${conversationId}, n, 'user', 'Content ' || n
    from generate_series(1, ${rows}::int) n`);
  await db.execute(sql`
    insert into audit_log (org_id, id, actor_kind, actor_id, operation, outcome, request_id, created_at)
    select ${orgId}, 'aud_' || lpad(n::text, 32, '0'), 'member', ${userId}, 'op', 'ok', 'req', ${instant}
    from generate_series(1, ${rows}::int) n`);
}

const read = <T>(body: (scope: OrgScope) => Promise<T>) => withOrgScope(database, org.orgId, 'read', body);

test('walking all pages meets every row once and in order', async () => {
  const ids: string[] = [];
  for (let cursor: InstantCursor | null = null; ; ) {
    const page = await read((scope) =>
      listConversations(scope, { ownerId: org.userId, cursor, limit: 1000 }),
    );
    ids.push(...page.map((row) => row.id));
    const last = page.at(-1);
    if (last === undefined) break;
    cursor = { at: last.updatedAt, id: last.id };
  }
  expect(new Set(ids).size).toBe(rows);
  expect(ids).toEqual(ids.toSorted().reverse());
});

/** Runs a list with every statement replaced by its own plan. */
async function planOf(list: (scope: OrgScope) => Promise<unknown>): Promise<string> {
  const plans = await read(async (scope) => {
    const client = scope.client as unknown as { unsafe: Unsafe }; // what scope.db sends its statements through too
    const run = client.unsafe.bind(client);
    const texts: Promise<readonly Record<string, string>[]>[] = [];
    client.unsafe = (text, parameters, options) => {
      texts.push(Promise.resolve(run(`explain (analyze, buffers) ${text}`, parameters, options)));
      return run(text, parameters, options);
    };
    await list(scope);
    return Promise.all(texts);
  });
  return plans.flatMap((lines) => lines.map((line) => line['QUERY PLAN'])).join('\n');
}
type Unsafe = (text: string, parameters: unknown[], options: object) => PromiseLike<never[]>;

const deep = { at: '2026-01-01T00:00:10.000Z', id: `conv_${'0'.repeat(32)}` };
const lists: Record<string, (scope: OrgScope) => Promise<unknown[]>> = {
  'conversations, first page': (scope) =>
    listConversations(scope, { ownerId: org.userId, cursor: null, limit: 26 }),
  'conversations, deepest': (scope) =>
    listConversations(scope, { ownerId: org.userId, cursor: deep, limit: 26 }),
  'conversations with an agent seldom asked': (scope) =>
    listConversations(scope, { ownerId: org.userId, agentId: 'seldom', cursor: null, limit: 26 }),
  'messages, newest': (scope) => listMessagesBefore(scope, { conversationId, beforeSeq: null, limit: 26 }),
  'messages, oldest': (scope) => listMessagesBefore(scope, { conversationId, beforeSeq: 30, limit: 26 }),
  'messages, after': (scope) => listMessagesAfter(scope, { conversationId, afterSeq: rows - 30, limit: 26 }),
  'audit, first page': (scope) => listAudit(scope, { cursor: null, limit: 26 }),
  'audit, deepest': (scope) => listAudit(scope, { cursor: deep, limit: 26 }),
};

test.each(Object.entries(lists))(
  '%s: an index leads to the page, whatever its depth',
  async (_name, list) => {
    const plan = await planOf(list);
    expect(await read(list)).toHaveLength(26);
    expect(plan).toMatch(/Index (Only )?Scan/);
    expect(plan).not.toMatch(/Seq Scan|Sort/);
    const [, hit, miss] = /shared hit=(\d+)(?: read=(\d+))?/.exec(plan) ?? [];
    expect(Number(hit) + Number(miss ?? 0)).toBeLessThan(100);
  },
);

const search = (scope: OrgScope, text: string) =>
  searchConversations(scope, { ownerId: org.userId, text, cursor: null, limit: 20 });

test('a search finds by message and by title', async () => {
  expect(await read((scope) => search(scope, 'content 1234'))).toMatchObject([
    { id: conversationId, snippet: 'Content 1234' },
  ]);
  expect(await read((scope) => search(scope, 'title 77'))).toMatchObject([
    { title: 'Title 77', snippet: '' },
  ]);
  expect(await read((scope) => search(scope, 'nowhere'))).toEqual([]);
  expect(await read((scope) => search(scope, '" -'))).toEqual([]);
});

test('a search keeps to the organisation of its scope, whoever it asks for', async () => {
  const stranger = await testOrganisation(database);
  expect(
    await withOrgScope(database, stranger.orgId, 'read', (scope) => search(scope, 'content 1234')),
  ).toEqual([]);
});

test('the search of messages is led by its index', async () => {
  const plan = await withSystemScope(database, 'read', ({ db }) =>
    db.execute(sql`explain select * from messages
      where org_id = ${org.orgId} and search @@ websearch_to_tsquery('english', '1234')`),
  );
  expect(JSON.stringify(plan)).toContain('Bitmap Index Scan on messages_search');
});
