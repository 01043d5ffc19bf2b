import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { appendMessage } from '../../db/queries/messages.ts';
import { auditLog } from '../../db/schema/operations.ts';
import { withOrgScope } from '../../db/tx.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';
import { conversing, messageIn } from './conversing.ts';

let server: TestBackend;
let member: SignedIn;

beforeAll(async () => {
  server = await testBackend();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  member = await server.signIn();
});

const { query, create, say } = conversing(() => ({ server, member }));

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
