import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendMessage, listMessagesAfter } from '../../db/queries/messages.ts';
import { withOrgScope } from '../../db/tx.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';
import { conversing, messageIn } from './conversing.ts';

let server: TestBackend;
let member: SignedIn;

beforeAll(async () => {
  server = await testBackend();
  member = await server.signIn();
});
afterAll(() => server[Symbol.asyncDispose]());

const { query, mutate, create, say } = conversing(() => ({ server, member }));

test('twenty messages at once take places 1 to 20, without a hole', async () => {
  const { id } = await create();
  const places = await Promise.all(Array.from({ length: 20 }, (_, index) => say(id, `At once ${index}`)));
  const expected = Array.from({ length: 20 }, (_, index) => index + 1);
  expect([...places].sort((a, b) => a - b)).toEqual(expected);
  const stored = await withOrgScope(await testDatabase(), member.orgId, 'read', (scope) =>
    listMessagesAfter(scope, { conversationId: id, afterSeq: 0, limit: 100 }),
  );
  expect(stored.map(({ seq }) => seq)).toEqual(expected);
  expect(stored.map(({ content }) => content).sort()).toEqual(
    places.map((_, index) => `At once ${index}`).sort(),
  );
});

test('a message that was not stored leaves no hole either', async () => {
  const { id } = await create();
  await say(id, 'First');
  await expect(
    withOrgScope(await testDatabase(), member.orgId, 'write', async (scope) => {
      await appendMessage(scope, messageIn(id, 'x'));
      throw new Error('the act failed');
    }),
  ).rejects.toThrow('the act failed');
  expect(await say(id, 'Second')).toBe(2);
});

test('a NUL, which no text of ours can hold, is a wrong request and not a defect', async () => {
  const { id } = await create();
  const title = 'a\u0000b';
  expect((await mutate('rename', { id, title })).failure?.code).toBe('request.invalid');
  expect((await query('search', { query: title })).failure?.code).toBe('request.invalid');
  const input = { agentId: 'harvey-specter', message: 'Hi', metadata: { title }, clientKey: randomUUID() };
  const started = await server.mutate('runs.start', input, { token: member.token });
  expect(started.failure?.code).toBe('request.invalid');
});
