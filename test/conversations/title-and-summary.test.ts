import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getConversationForWork, insertConversation } from '../../db/queries/conversations.ts';
import { appendMessage } from '../../db/queries/messages.ts';
import { auditLog } from '../../db/schema/operations.ts';
import { withOrgScope } from '../../db/tx.ts';
import type { Call } from '../../server/core/call.ts';
import { newId } from '../../server/core/ids.ts';
import type { ModelProvider } from '../../server/integrations/ai/port.ts';
import { SUMMARISE_AFTER_MESSAGES } from '../../server/modules/conversations/conversation-text.rules.ts';
import { summariseConversation } from '../../server/modules/conversations/summarise-conversation.ts';
import { titleConversation } from '../../server/modules/conversations/title-conversation.ts';
import { answers, fails, scripted } from '../ai/scripted-provider.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { type TestOrganisation, testDatabase, testOrganisation } from '../support/database.ts';

let server: TestBackend;
let organisation: TestOrganisation;

beforeAll(async () => {
  server = await testBackend();
  organisation = await testOrganisation(await testDatabase());
});
afterAll(() => server[Symbol.asyncDispose]());

/** A call of the jobs with these vendors; none leaves the offline rule. */
function asSystem(models: readonly ModelProvider[] = server.backend.ports.models): Call {
  return {
    actor: { kind: 'system', orgId: organisation.orgId, name: 'jobs' },
    app: 'global',
    requestId: newId('request'),
    address: '0.0.0.0',
    signal: new AbortController().signal,
    idempotencyKey: null,
    ports: { ...server.backend.ports, models },
  };
}

async function conversation(messages: readonly string[], titleSource: 'default' | 'person' = 'default') {
  const id = newId('conversation');
  await withOrgScope(await testDatabase(), organisation.orgId, 'write', async (scope) => {
    const ownerId = organisation.userId;
    const agentId = 'agt_harvey-specter';
    await insertConversation(scope, { id, ownerId, agentId, app: 'crm', title: 'As it was', titleSource });
  });
  await add(id, messages);
  return id;
}

async function add(conversationId: string, messages: readonly string[]) {
  await withOrgScope(await testDatabase(), organisation.orgId, 'write', async (scope) => {
    for (const [index, content] of messages.entries()) {
      const role = index % 2 === 0 ? 'user' : 'assistant';
      const row = { id: newId('message'), conversationId, role, content, status: 'complete' } as const;
      await appendMessage(scope, { ...row, runId: null, metadata: {} });
    }
  });
}

const stored = async (id: string) =>
  withOrgScope(await testDatabase(), organisation.orgId, 'read', (scope) =>
    getConversationForWork(scope, id),
  );
const exchange = (count: number) => Array.from({ length: count }, (_, index) => `Part ${index + 1}`);

test('without a vendor a title is the first question without its greeting', async () => {
  const id = await conversation(['Hi, could you explain fractional lasers? I start Monday.', 'Gladly.']);
  expect(await titleConversation.run(asSystem(), { conversationId: id })).toEqual({
    conversationId: id,
    titled: true,
  });
  expect(await stored(id)).toMatchObject({ title: 'Explain fractional lasers', titleSource: 'generated' });
});

test('with a vendor the title is what it says, cleaned, once, with an audit row', async () => {
  const id = await conversation(['How do lasers work?', 'Light.']);
  const vendor = scripted('openai', answers('  "Laser\n basics."  '), answers('Another'));
  await titleConversation.run(asSystem([vendor]), { conversationId: id });
  expect(await stored(id)).toMatchObject({ title: 'Laser basics' });
  const again = await titleConversation.run(asSystem([vendor]), { conversationId: id });
  expect(again.titled).toBe(false);
  expect(vendor.calls.count).toBe(1);
  const rows = await withOrgScope(await testDatabase(), organisation.orgId, 'read', ({ db }) =>
    db.select().from(auditLog).where(eq(auditLog.subject, id)),
  );
  expect(rows).toMatchObject([
    { operation: 'conversations.title', actorKind: 'system', actorId: 'system:jobs' },
  ]);
});

test('a vendor that says nothing leaves the plain title; one that fails leaves the job to try again', async () => {
  const id = await conversation(['How do lasers work?', 'Light.']);
  await expect(
    titleConversation.run(asSystem([scripted('openai', [fails('overloaded')])]), { conversationId: id }),
  ).rejects.toMatchObject({ name: 'Failure' });
  expect(await stored(id)).toMatchObject({ title: 'As it was' });
  await titleConversation.run(asSystem([scripted('openai', answers(' "" '))]), { conversationId: id });
  expect(await stored(id)).toMatchObject({ title: 'How do lasers work' });
});

test('a title of the person stays, and a conversation that is gone or empty is no failure', async () => {
  const id = await conversation(['How do lasers work?'], 'person');
  const empty = await conversation([]);
  for (const conversationId of [id, empty, newId('conversation')]) {
    expect(await titleConversation.run(asSystem(), { conversationId })).toEqual({
      conversationId,
      titled: false,
    });
  }
  expect(await stored(id)).toMatchObject({ title: 'As it was' });
});

test('a summary waits for enough messages, then covers all of them and rolls on from there', async () => {
  const id = await conversation(exchange(SUMMARISE_AFTER_MESSAGES - 1));
  const run = (models?: readonly ModelProvider[]) =>
    summariseConversation.run(asSystem(models), { conversationId: id });
  expect(await run()).toEqual({ conversationId: id, summaryToSeq: 0 });
  await add(id, ['The last part']);
  expect(await run()).toEqual({ conversationId: id, summaryToSeq: SUMMARISE_AFTER_MESSAGES });
  const first = await stored(id);
  expect(first?.summary).toContain('Asked: Part 1');
  expect(first?.summary).toContain('Asked: The last part');
  expect(await run(), 'nothing new').toEqual({ conversationId: id, summaryToSeq: SUMMARISE_AFTER_MESSAGES });

  await add(id, exchange(SUMMARISE_AFTER_MESSAGES));
  const vendor = scripted('anthropic', answers('They talked about parts.'));
  expect(await run([vendor])).toMatchObject({ summaryToSeq: 2 * SUMMARISE_AFTER_MESSAGES });
  expect(await stored(id)).toMatchObject({ summary: 'They talked about parts.' });
});

test('jobs of one organisation do not reach the conversation of another', async () => {
  const id = await conversation(['How do lasers work?', 'Light.']);
  const call = { ...asSystem(), actor: { ...asSystem().actor, orgId: newId('organisation') } } as Call;
  expect(await titleConversation.run(call, { conversationId: id })).toMatchObject({ titled: false });
  expect(await stored(id)).toMatchObject({ title: 'As it was' });
});

test('an answer over HTTP reads the summary as its context', async () => {
  const member = await server.signIn();
  const input = { agentId: 'harvey-specter', clientKey: randomUUID() };
  const { data } = await server.mutate('conversations.create', input, { token: member.token });
  const detail = await server.query('conversations.get', { id: data?.id }, { token: member.token });
  expect(detail.data).toMatchObject({ messages: [], context: { summary: null, summaryToSeq: 0 } });
});
