import { describe, expect, test } from 'vitest';
import { knowledgeDomains } from '../../server/modules/agents/knowledge/note.ts';
import { knowledgeNotes } from '../../server/modules/agents/knowledge/notes.ts';
import { closestPair } from './shingles.ts';

describe('knowledge notes', () => {
  test.each(knowledgeDomains)('there are at least ten on %s', (domain) => {
    expect(knowledgeNotes.filter((note) => note.domain === domain).length).toBeGreaterThanOrEqual(10);
  });

  test('have ids and titles of their own, under their domain', () => {
    expect(new Set(knowledgeNotes.map((note) => note.id)).size).toBe(knowledgeNotes.length);
    expect(new Set(knowledgeNotes.map((note) => note.title)).size).toBe(knowledgeNotes.length);
    for (const note of knowledgeNotes) expect(note.id.startsWith(`${note.domain}/`), note.id).toBe(true);
  });

  test('are 80 to 160 words of whole sentences, with tags', () => {
    for (const note of knowledgeNotes) {
      const words = note.body.split(' ').length;
      expect(words >= 80 && words <= 160, `${note.id}: ${words} words`).toBe(true);
      expect(note.body, note.id).toMatch(/^[“"A-Z].*[.?!]$/);
      expect(note.tags.length, note.id).toBeGreaterThanOrEqual(4);
    }
  });

  test('state no statistics: no percentages, no rates, no amounts but the $150k example', () => {
    for (const note of knowledgeNotes) {
      expect(note.body.replaceAll('$150k', ''), note.id).not.toMatch(/\d\s?%|percent|\$\s?\d|\d+ in \d+/i);
    }
  });

  test('do not repeat each other', () => {
    const closest = closestPair(knowledgeNotes.map(({ id, body }) => ({ id, text: body })));
    expect(closest.overlap, closest.pair).toBeLessThan(0.06);
  });
});
