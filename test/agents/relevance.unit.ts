import { describe, expect, test } from 'vitest';
import { knowledgeNotes } from '../../server/modules/agents/knowledge/notes.ts';
import { relevantNotes } from '../../server/modules/agents/knowledge/relevance.ts';

function idsFor(question: string): string[] {
  return relevantNotes(question, knowledgeNotes).map((note) => note.id);
}

describe('relevantNotes', () => {
  test('puts the note that a question is about first', () => {
    expect(idsFor('The gatekeeper has beaten me four times. New trail, please.')[0]).toBe(
      'sales-craft/gatekeepers',
    );
    expect(idsFor('What does G prime mean when an injector says it?')[0]).toBe(
      'procedure-primers/filler-rheology',
    );
  });

  test('folds number and tense', () => {
    expect(idsFor('switching devices')).toEqual(idsFor('switched device'));
  });

  test('leaves out notes that share only a common word with the question', () => {
    expect(idsFor('Write me a poem about autumn leaves in Vermont')).toEqual([]);
  });

  test('finds notes for a long question, most of which says nothing to them', () => {
    const story =
      'Yesterday my nephew drove across Wisconsin hauling vintage bicycles, sandwiches and umbrellas. ';
    const [first] = idsFor(
      `${story}Then the surgeon asked about paradoxical adipose hyperplasia after cryolipolysis.`,
    );
    expect(first).toBe('body-contouring/adverse-events');
  });

  test.each(['', '?!', 'the and of'])('finds nothing for %j', (question) => {
    expect(idsFor(question)).toEqual([]);
  });
});
