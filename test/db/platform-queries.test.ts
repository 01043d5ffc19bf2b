import { beforeAll, expect, test } from 'vitest';
import type { Database } from '../../db/client.ts';
import { replaceKnowledgeNotes, searchKnowledge } from '../../db/queries/knowledge.ts';
import { appendOutbox } from '../../db/queries/operations.ts';
import {
  claimOutbox,
  deleteSentOutbox,
  markOutboxFailed,
  markOutboxSent,
  outboxBacklog,
} from '../../db/queries/outbox.ts';
import type { SystemScope } from '../../db/scope.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import { type TestOrganisation, testDatabase, testOrganisation } from '../support/database.ts';

let database: Database;
let org: TestOrganisation;

beforeAll(async () => {
  database = await testDatabase();
  org = await testOrganisation(database);
});

const platform = <T>(body: (scope: SystemScope) => Promise<T>) => withSystemScope(database, 'write', body);

const toxin = {
  id: 'neurotoxins/diffusion',
  domain: 'neurotoxins',
  title: 'Diffusion',
  body: 'How far a dose spreads depends on dilution.',
  tags: ['spread'],
};
const laser = {
  id: 'fractional-lasers/healing',
  domain: 'fractional-lasers',
  title: 'Healing',
  body: 'Columns of skin are left intact, and the dose decides the downtime.',
  tags: ['recovery'],
};

test('stored notes become what is given: written when changed, removed when gone', async () => {
  expect(await platform((scope) => replaceKnowledgeNotes(scope, [toxin, laser]))).toEqual({
    written: 2,
    removed: 0,
  });
  expect(await platform((scope) => replaceKnowledgeNotes(scope, [toxin, laser]))).toEqual({
    written: 0,
    removed: 0,
  });
  const changed = { ...toxin, title: 'Diffusion and spread' };
  expect(await platform((scope) => replaceKnowledgeNotes(scope, [changed]))).toEqual({
    written: 1,
    removed: 1,
  });
});

test('a tenant finds notes by a question in plain words, best first, within the domains asked for', async () => {
  await platform((scope) => replaceKnowledgeNotes(scope, [toxin, laser]));
  const search = (text: string, domains?: string[]) =>
    withOrgScope(database, org.orgId, 'read', async (scope) => {
      const hits = await searchKnowledge(scope, {
        text,
        limit: 5,
        ...(domains === undefined ? {} : { domains }),
      });
      return hits.map((hit) => hit.id);
    });
  expect(await search('What is the downtime and recovery after a dose?')).toEqual([laser.id, toxin.id]);
  expect(await search('dose', ['neurotoxins'])).toEqual([toxin.id]);
  expect(await search('and the of')).toEqual([]);
});

test('two relays never take the same event, and an event that failed comes back when it is due', async () => {
  const events = Array.from({ length: 6 }, (_, n) => ({ eventId: `evt-${n}`, name: 'a/b.c', data: { n } }));
  const write = () => withOrgScope(database, org.orgId, 'write', (scope) => appendOutbox(scope, events));
  await write();
  await write(); // the same facts again are dropped
  const claim = () => platform((scope) => claimOutbox(scope, { limit: 3, holdMs: 60_000 }));
  const [left, right, none] = [...(await Promise.all([claim(), claim()])), await claim()];
  expect([...left, ...right].map((row) => row.eventId).sort()).toEqual(events.map((event) => event.eventId));
  expect(none).toEqual([]);
  expect(left[0]).toMatchObject({ orgId: org.orgId, attempts: 1 });
  await platform((scope) =>
    markOutboxSent(
      scope,
      left.map((row) => row.id),
    ),
  );
  const failed = { ids: right.map((row) => row.id), error: 'refused', retryAfterMs: 0 };
  await platform((scope) => markOutboxFailed(scope, failed));
  expect((await claim()).map((row) => row.attempts)).toEqual([2, 2, 2]);
  expect(await platform(outboxBacklog)).toMatchObject({ waiting: 3 });
  expect(await platform((scope) => deleteSentOutbox(scope, -1000))).toBe(3);
});
