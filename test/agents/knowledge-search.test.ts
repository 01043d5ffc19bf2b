import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../db/client.ts';
import { replaceKnowledgeNotes } from '../../db/queries/knowledge.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import { findAgent } from '../../server/modules/agents/agents.rules.ts';
import { knowledgeFor } from '../../server/modules/agents/knowledge/knowledge-for.ts';
import { knowledgeNotes } from '../../server/modules/agents/knowledge/notes.ts';
import { seedKnowledge } from '../../server/modules/agents/knowledge/seed-knowledge.ts';
import { testDatabase, testOrganisation } from '../support/database.ts';

let database: Database;
let orgId: string;

beforeAll(async () => {
  database = await testDatabase();
  ({ orgId } = await testOrganisation(database));
  await withSystemScope(database, 'write', seedKnowledge);
});

function ask(slug: string, question: string) {
  const agent = findAgent(slug);
  if (agent === null) throw new Error(`no agent ${slug}`);
  return withOrgScope(database, orgId, 'read', (scope) => knowledgeFor(scope, agent, question));
}

describe('knowledgeFor', () => {
  test.each([
    [
      'harvey-specter',
      'How do I handle a price objection on a $150k laser?',
      /Price objection on capital equipment/,
    ],
    [
      'dr-harvey-stern',
      'An oral surgeon told me "my hands are the robot". Your answer?',
      /My hands are good enough/,
    ],
    ['dr-sarah-chen', 'Why are units not interchangeable between products?', /Units belong to one product/],
    ['dr-sarah-chen', 'What does the boxed warning say, and how do I speak about it?', /The boxed warning/],
    ['chilly', 'What is paradoxical adipose hyperplasia?', /paradoxical adipose hyperplasia/],
    ['steely', 'Why do surgeons refuse to change implant systems?', /not changing implant systems/],
    ['dr-lisa-martinez', 'Insulated or uninsulated needles: what does it change?', /Five questions/],
    ['blazer', 'How does ablative compare with non-ablative?', /Ablative, non-ablative/],
    ['shimmer', 'How do cosmetic dentists choose a laboratory?', /choose a laboratory/],
    ['coach-alex', 'The receptionist will not let me past the front desk', /Gatekeepers/],
  ])('finds for %s what answers "%s"', async (slug, question, title) => {
    const notes = await ask(slug, question);
    expect(
      notes
        .slice(0, 2)
        .map((note) => note.title)
        .join(' | '),
    ).toMatch(title);
    expect(notes.length).toBeLessThanOrEqual(4);
  });

  test('finds a brand that stands only in the tags, and returns the text as written', async () => {
    const notes = await ask('dr-lisa-martinez', 'Morpheus8?');
    const written = knowledgeNotes.find((note) => note.id === 'rf-microneedling/device-differences');
    expect(notes[0]).toEqual({ title: written?.title, body: written?.body });
  });

  test('gives no notes rather than wrong ones', async () => {
    expect(await ask('educator', 'Write me a poem about autumn')).toEqual([]);
  });

  test("stays inside the agent's domains and the craft of selling", async () => {
    const titles = (await ask('toxi', 'laser downtime consult flow economics')).map((note) => note.title);
    const allowed = knowledgeNotes.filter(({ domain }) => ['neurotoxins', 'sales-craft'].includes(domain));
    expect(titles.length).toBeGreaterThan(0);
    expect(allowed.map((note) => note.title)).toEqual(expect.arrayContaining(titles));
  });

  test.each([
    '',
    '   ',
    'the of and',
    "'; drop table knowledge_notes; --",
    '& | ! ( ) :* <->',
    'zzzqqq',
    '\ud800',
  ])('answers %j without failing', async (question) => {
    expect((await ask('educator', question)).length).toBeLessThanOrEqual(4);
  });

  test('takes a 20 kB question in its stride', async () => {
    const notes = await ask('educator', `boxed warning toxin ${'lorem ipsum dolor '.repeat(1200)}`);
    expect(notes[0]?.title).toContain('boxed warning');
  });
});

describe('seedKnowledge', () => {
  test('writes nothing when nothing changed', async () => {
    const second = await withSystemScope(database, 'write', seedKnowledge);
    expect(second).toEqual({ written: 0, removed: 0 });
  });

  test('repairs a changed note, brings back a lost one and removes a foreign one', async () => {
    const [first, , ...rest] = knowledgeNotes;
    if (first === undefined) throw new Error('no notes');
    const foreign = { ...first, id: 'elsewhere/note' };
    await withSystemScope(database, 'write', (scope) =>
      replaceKnowledgeNotes(scope, [{ ...first, body: 'Something else.' }, ...rest, foreign]),
    );
    const repaired = await withSystemScope(database, 'write', seedKnowledge);
    expect(repaired).toEqual({ written: 2, removed: 1 });
  });
});
