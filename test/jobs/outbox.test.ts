import { eq, inArray } from 'drizzle-orm';
import { afterEach, expect, test } from 'vitest';
import { appendOutbox } from '../../db/queries/operations.ts';
import { outboxBacklog } from '../../db/queries/outbox.ts';
import { outbox } from '../../db/schema/operations.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import { createOutboxRelay, type RelayedEvent } from '../../jobs/outbox.ts';
import { newId } from '../../server/core/ids.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { testDatabase, testOrganisation } from '../support/database.ts';
import { until } from './harness.ts';

const database = await testDatabase();

async function written(...names: string[]): Promise<string[]> {
  const { orgId } = await testOrganisation(database);
  const events = names.map((name) => ({ eventId: newId('event'), name, data: { orgId } }));
  await withOrgScope(database, orgId, 'write', (scope) => appendOutbox(scope, events));
  return events.map((event) => event.eventId);
}

function rows(ids: string[]) {
  return withSystemScope(database, 'read', (scope) =>
    scope.db.select().from(outbox).where(inArray(outbox.eventId, ids)).orderBy(outbox.id),
  );
}

function relayTo(send: (events: RelayedEvent[]) => Promise<unknown>, settings = {}) {
  const quick = { backoffMs: 1, maxBackoffMs: 1, pollMs: 20, ...settings };
  return createOutboxRelay({ database, send, logger: silentLogger, settings: quick });
}

afterEach(() => withSystemScope(database, 'write', (scope) => scope.db.delete(outbox)));

test('events are sent in the order of their writing, with their ids, once', async () => {
  const sent: RelayedEvent[] = [];
  const relay = relayTo(async (events) => sent.push(...events));
  const ids = await written('test/a', 'test/b', 'test/c');
  expect(await relay.flush()).toBe(3);
  expect(await relay.flush()).toBe(0);
  expect(sent.map((event) => event.id)).toEqual(ids);
  expect((await rows(ids)).every((row) => row.sentAt !== null)).toBe(true);
});

test('two relays at once send each event once', async () => {
  const sent: string[] = [];
  const send = async (events: RelayedEvent[]) => {
    sent.push(...events.map((event) => event.id));
    await new Promise((done) => setTimeout(done, 10));
  };
  const ids = await written(...Array.from({ length: 60 }, (_, n) => `test/n${n}`));
  await Promise.all([relayTo(send, { batchSize: 7 }).flush(), relayTo(send, { batchSize: 7 }).flush()]);
  expect(sent.toSorted()).toEqual(ids.toSorted());
});

test('a started relay hears of a commit before its next poll', async () => {
  const sent: RelayedEvent[] = [];
  const relay = relayTo(async (events) => sent.push(...events), { pollMs: 60_000 });
  await relay.start();
  await new Promise((done) => setTimeout(done, 50));
  await written('test/prompt');
  await until(() => sent.length === 1, 1_000);
  await relay.stop();
});

test('an outage is waited out; nothing is lost and the error is kept meanwhile', async () => {
  let down = true;
  const sent: string[] = [];
  const relay = relayTo(async (events) => {
    if (down) throw new Error('connect ECONNREFUSED');
    sent.push(...events.map((event) => event.id));
  });
  const ids = await written('test/a', 'test/b');
  await relay.flush();
  expect((await rows(ids)).map((row) => [row.sentAt, row.attempts, row.lastError])).toEqual([
    [null, 1, 'connect ECONNREFUSED'],
    [null, 1, 'connect ECONNREFUSED'],
  ]);
  down = false;
  await until(async () => {
    await relay.flush();
    return (await rows(ids)).every((row) => row.sentAt !== null);
  });
  expect(sent.filter((id) => ids.includes(id)).toSorted()).toEqual(ids.toSorted());
});

test('a relay that died after its claim leaves the events to another', async () => {
  const ids = await written('test/held');
  const hung = Promise.withResolvers<void>();
  void relayTo(() => hung.promise, { holdMs: 60, sendTimeoutMs: 5_000 }).flush();
  await until(async () => (await rows(ids))[0]?.attempts === 1);
  const sent: RelayedEvent[] = [];
  const other = relayTo(async (events) => sent.push(...events));
  expect(await other.flush()).toBe(0);
  await until(async () => (await other.flush()) === 1);
  expect(sent.map((event) => event.id)).toEqual(ids);
  hung.resolve();
});

test('an event the receiver refuses is parked with the reason, and holds back no other', async () => {
  const sent: string[] = [];
  const relay = relayTo(async (events) => {
    if (events.some((event) => event.name === 'test/bad')) {
      throw new Error('Inngest API Error: 400 Cannot process event payload');
    }
    sent.push(...events.map((event) => event.name));
  });
  const ids = await written('test/good', 'test/bad', 'test/fine');
  await until(async () => {
    await relay.flush();
    const backlog = await withSystemScope(database, 'read', outboxBacklog);
    return backlog.parked === 1 && backlog.waiting === 0;
  });
  expect(sent.toSorted()).toEqual(['test/fine', 'test/good']);
  const bad = (await rows(ids)).find((row) => row.name === 'test/bad');
  expect([bad?.sentAt, bad?.attempts, bad?.lastError]).toEqual([null, 3, expect.stringContaining('400')]);
  await withSystemScope(database, 'write', ({ db }) =>
    db
      .update(outbox)
      .set({ name: 'test/mended', nextAttemptAt: new Date(0) })
      .where(eq(outbox.id, bad?.id ?? 0)),
  );
  expect(await relay.flush()).toBe(1);
});
