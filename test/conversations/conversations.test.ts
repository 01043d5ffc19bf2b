import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureAccount } from '../../db/queries/identity.ts';
import { appendMessage } from '../../db/queries/messages.ts';
import { auditLog } from '../../db/schema/operations.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import { newId } from '../../server/core/ids.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';

interface Shown {
  readonly id: string;
  readonly title: string;
  readonly updatedAt: string;
}
type Hit = { readonly conversation: Shown };
type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null };

let server: TestBackend;
let member: SignedIn;

beforeAll(async () => {
  server = await testBackend();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  member = await server.signIn();
});

const query = (path: string, input?: unknown) =>
  server.query(`conversations.${path}`, input, { token: member.token });
const mutate = (path: string, input: unknown) =>
  server.mutate(`conversations.${path}`, input, { token: member.token });

async function create(fields: { agentId?: string; title?: string } = {}): Promise<Shown> {
  const input = { agentId: 'harvey-specter', clientKey: randomUUID(), ...fields };
  return (await mutate('create', input)).data as unknown as Shown;
}

type Role = 'user' | 'assistant';
const messageIn = (conversationId: string, content: string, role: Role = 'user') => ({
  ...{ id: newId('message'), conversationId, role, content, runId: null, metadata: {} },
  status: 'complete' as const,
});

async function say(conversationId: string, content: string, role?: Role) {
  return withOrgScope(await testDatabase(), member.orgId, 'write', (scope) =>
    appendMessage(scope, messageIn(conversationId, content, role)),
  );
}

/** All pages of a list, and how many there were. */
async function allPages<T>(path: string, input: object): Promise<{ items: T[]; pages: number }> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let pages = 1; ; pages += 1) {
    const answer = await query(path, { ...input, ...(cursor === null ? {} : { cursor }) });
    const page = answer.data as unknown as Page<T>;
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) return { items, pages };
  }
}

describe('conversations.create', () => {
  test('opens a conversation by id or slug, named after its agent unless a title is given', async () => {
    const plain = await create();
    expect(plain).toMatchObject({
      title: 'Conversation with Harvey Specter',
      agent: { name: 'Harvey Specter' },
    });
    expect(await create({ agentId: 'agt_harvey-specter', title: '  Q3 plan ' })).toMatchObject({
      title: 'Q3 plan',
    });
  });

  test('refuses an agent that is unknown, and a title of blanks', async () => {
    const unknown = await mutate('create', { agentId: 'nobody', clientKey: 'a' });
    expect(unknown.failure?.code).toBe('agent.not-found');
    const blank = await mutate('create', { agentId: 'harvey-specter', clientKey: 'b', title: '   ' });
    expect(blank.failure).toMatchObject({ code: 'request.invalid', fields: [{ path: 'title' }] });
  });

  test('with the key of another input is a conflict', async () => {
    const clientKey = randomUUID();
    await mutate('create', { agentId: 'harvey-specter', clientKey });
    const other = await mutate('create', { agentId: 'harvey-specter', clientKey, title: 'Other' });
    expect(other.failure?.code).toBe('idempotency.conflict');
  });
});

describe('conversations.list', () => {
  test('shows the last used first, each once over its pages', async () => {
    const made: Shown[] = [];
    for (let count = 0; count < 7; count += 1) made.push(await create());
    await say(made[2]?.id ?? '', 'Back again');
    const { items, pages } = await allPages<Shown>('list', { limit: 3 });
    const expected = [made[2], ...made.filter((_, index) => index !== 2).reverse()].map((one) => one?.id);
    expect(items.map(({ id }) => id)).toEqual(expected);
    expect(pages).toBe(3);
  });

  test('neither shows twice nor skips when the list changes between pages', async () => {
    const made = [await create(), await create(), await create(), await create()];
    const first = (await query('list', { limit: 2 })).data as unknown as Page<Shown>;
    await create();
    const second = (await query('list', { limit: 2, cursor: first.nextCursor }))
      .data as unknown as Page<Shown>;
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(made.reverse().map(({ id }) => id));
  });

  test('filters by agent, by id or slug; an unknown agent has none', async () => {
    const one = await create({ agentId: 'dr-sarah-chen' });
    await create();
    for (const agentId of ['dr-sarah-chen', 'agt_dr-sarah-chen']) {
      expect((await query('list', { agentId })).data).toMatchObject({
        items: [{ id: one.id }],
        nextCursor: null,
      });
    }
    expect((await query('list', { agentId: 'nobody' })).data).toMatchObject({ items: [] });
  });

  test.each([
    'nonsense',
    Buffer.from('[]').toString('base64url'),
    Buffer.from('[1,"x"]').toString('base64url'),
    Buffer.from('["2026-11-24T00:00:00Z","conv_1",1]').toString('base64url'),
    Buffer.from('{"at":1}').toString('base64url'),
  ])('refuses the cursor %s', async (cursor) => {
    const answer = await query('list', { cursor });
    expect(answer.failure).toMatchObject({ code: 'request.invalid', fields: [{ path: 'cursor' }] });
  });

  test.each([0, 101, -1, 1.5, '5', null])('refuses the limit %s', async (limit) => {
    expect((await query('list', { limit })).failure?.code).toBe('request.invalid');
  });
});

describe('conversations.get', () => {
  test('pages from the newest messages to the oldest, each page in reading order', async () => {
    const { id } = await create();
    for (let count = 1; count <= 5; count += 1) await say(id, `Message ${count}`);
    const newest = (await query('get', { id, limit: 2 })).data as {
      messages: { seq: number }[];
      nextCursor: string;
    };
    expect(newest.messages.map(({ seq }) => seq)).toEqual([4, 5]);
    const older = (await query('get', { id, limit: 3, cursor: newest.nextCursor })).data;
    expect(older).toMatchObject({ messages: [{ seq: 1 }, { seq: 2 }, { seq: 3 }], nextCursor: null });
  });

  test('refuses a cursor of another list, and an id of another form', async () => {
    const { id } = await create();
    const cursor = Buffer.from(JSON.stringify(['2026-11-24T00:00:00Z', id])).toString('base64url');
    expect((await query('get', { id, cursor })).failure?.fields?.[0]?.path).toBe('cursor');
    expect((await query('get', { id: 'conv_1' })).failure?.fields?.[0]?.path).toBe('id');
  });

  test('keeps every character of a message', async () => {
    const { id } = await create();
    const texts = [
      '👩🏽‍⚕️ Zahnärztin',
      'שלום, מה שלומך',
      'e\u0301 ≠ é',
      '\u200bzero\u200d',
      'a\tb\r\nc',
      '"\\\'`',
    ];
    for (const text of texts) await say(id, text);
    const { messages } = (await query('get', { id })).data as { messages: { content: string }[] };
    expect(messages.map(({ content }) => content)).toEqual(texts);
  });
});

describe('conversations.rename', () => {
  test('sets a title of any script, trimmed', async () => {
    const { id } = await create();
    expect((await mutate('rename', { id, title: ' 計画 🦷 ' })).data).toMatchObject({ id, title: '計画 🦷' });
    expect((await query('get', { id })).data).toMatchObject({ title: '計画 🦷' });
  });

  test.each(['', '   ', 'x'.repeat(201)])('refuses the title "%.5s"', async (title) => {
    const { id } = await create();
    expect((await mutate('rename', { id, title })).failure?.fields?.[0]?.path).toBe('title');
  });
});

describe('conversations.delete', () => {
  test('takes it out of list, get, search and export, and a second time finds nothing', async () => {
    const { id } = await create({ title: 'Ephemeral walrus' });
    expect((await mutate('delete', { id })).data).toEqual({ id, deleted: true });
    expect((await query('list')).data).toMatchObject({ items: [] });
    expect((await query('search', { query: 'walrus' })).data).toMatchObject({ items: [] });
    for (const [path, input] of [
      ['get', { id }],
      ['export', { id, format: 'json' }],
    ] as const) {
      expect((await query(path, input)).failure?.code).toBe('conversation.not-found');
    }
    expect((await mutate('delete', { id })).failure?.code).toBe('conversation.not-found');
    expect((await mutate('rename', { id, title: 'Back' })).failure?.code).toBe('conversation.not-found');
  });
});

describe('conversations.search', () => {
  test('finds words of titles and messages, with a snippet in plain text', async () => {
    const byTitle = await create({ title: 'Walrus dental group' });
    const byMessage = await create();
    await say(byMessage.id, 'What do I say when the walrus asks about <b>price</b> & terms?');
    await create({ title: 'Something else' });
    const { items } = (await query('search', { query: 'walrus' })).data as unknown as {
      items: { conversation: Shown; snippet: string }[];
    };
    expect(items.map((item) => item.conversation.id).sort()).toEqual([byTitle.id, byMessage.id].sort());
    const snippets = new Map(items.map((item) => [item.conversation.id, item.snippet]));
    expect(snippets.get(byMessage.id)).toContain('walrus');
    expect(snippets.get(byTitle.id), 'only the title matched').toBe('');
  });

  test('gives the best match first, in pages that neither repeat nor leave out', async () => {
    const titles = ['Ocelot', 'Ocelot and more', 'Ocelot', 'One ocelot', 'Ocelot ocelot ocelot'];
    const made = await Promise.all(titles.map((title) => create({ title })));
    await say(made[1]?.id ?? '', 'An ocelot, an ocelot, an ocelot.');
    const { items, pages } = await allPages<Hit>('search', { query: 'ocelot', limit: 2 });
    const found = items.map(({ conversation }) => conversation.id);
    expect([pages, found[0]], 'of the one both title and message match').toEqual([3, made[1]?.id]);
    expect(found.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
    const wrong = await query('search', { query: 'ocelot', cursor: 'bm90IGE' });
    expect(wrong.failure).toMatchObject({ code: 'request.invalid', fields: [{ path: 'cursor' }] });
  });

  test.each([
    "it's",
    '100%',
    'a & b | !c',
    "'; drop table messages; --",
    '"unbalanced',
    '<->',
    '🦷🦷',
    '\\\\',
    ':* ()',
  ])('takes %s as words, not as an expression', async (text) => {
    expect((await query('search', { query: text })).status).toBe(200);
  });

  test('and the lists show nothing of a colleague in the same organisation', async () => {
    const mine = await create({ title: 'Walrus of my own' });
    const { orgId } = member;
    const userId = newId('user');
    const email = `${userId}@example.com`;
    await withSystemScope(await testDatabase(), 'write', (scope) =>
      ensureAccount(scope, {
        orgId,
        userId,
        email,
        organisationName: '',
        organisationKind: 'team',
        tier: 'repx1',
        displayName: 'Colleague',
        role: 'admin',
      }),
    );
    const session = await server.backend.identity.openSession(email, { app: 'crm', requestId: 'req_test' });
    member = { orgId, userId, token: session?.accessToken ?? '' };
    expect((await query('search', { query: 'walrus' })).data).toMatchObject({ items: [] });
    expect((await query('list')).data).toMatchObject({ items: [] });
    expect((await query('get', { id: mine.id })).failure?.code).toBe('conversation.not-found');
    expect((await mutate('delete', { id: mine.id })).failure?.code).toBe('conversation.not-found');
  });
});

describe('conversations.export', () => {
  test('gives the whole conversation as JSON, past one page of rows', async () => {
    const { id } = await create({ title: 'Über Größe: 100% / "sicher"' });
    const messages = Array.from({ length: 520 }, (_, index) => `Line ${index + 1} ü 🦷`);
    await withOrgScope(await testDatabase(), member.orgId, 'write', async (scope) => {
      for (const content of messages) await appendMessage(scope, messageIn(id, content));
    });
    const { data } = await query('export', { id, format: 'json' });
    expect(data).toMatchObject({ filename: 'uber-gro-e-100-sicher.json', contentType: 'application/json' });
    const document = JSON.parse(data?.content as string) as {
      title: string;
      messages: { content: string }[];
    };
    expect(document.title).toBe('Über Größe: 100% / "sicher"');
    expect(document.messages.map(({ content }) => content)).toEqual(messages);
  });

  test('is on record, chained with the other exports of data', async () => {
    const { id } = await create({ title: 'Watched' });
    await query('export', { id, format: 'markdown' });
    const rows = await withOrgScope(await testDatabase(), member.orgId, 'read', ({ db }) =>
      db
        .select()
        .from(auditLog)
        .where(and(eq(auditLog.subject, id), eq(auditLog.operation, 'conversations.export'))),
    );
    expect(rows).toMatchObject([
      { actorId: member.userId, actClass: 'data-export', outcome: 'ok', seq: expect.any(Number) },
    ]);
  });

  test('gives Markdown a person can read', async () => {
    const { id } = await create({ title: 'Plan' });
    await say(id, 'What now?');
    await say(id, 'Call them.', 'assistant');
    const { data } = await query('export', { id, format: 'markdown' });
    expect(data).toMatchObject({ filename: 'plan.md', contentType: 'text/markdown; charset=utf-8' });
    expect(data?.content).toMatch(
      /^# Plan\n\nWith Harvey Specter, .*\n\n## You, .*\n\nWhat now\?\n\n## Harvey Specter, .*\n\nCall them\.\n$/,
    );
  });
});
