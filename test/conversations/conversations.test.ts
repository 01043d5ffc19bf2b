import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { conversing, type Page, type Shown } from './conversing.ts';

let server: TestBackend;
let member: SignedIn;

beforeAll(async () => {
  server = await testBackend();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  member = await server.signIn();
});

const { query, mutate, create, say, allPages } = conversing(() => ({ server, member }));

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
