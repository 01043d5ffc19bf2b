import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureAccount } from '../../db/queries/identity.ts';
import { withSystemScope } from '../../db/tx.ts';
import { newId } from '../../server/core/ids.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';
import { conversing, type Shown } from './conversing.ts';

type Hit = { readonly conversation: Shown };

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
