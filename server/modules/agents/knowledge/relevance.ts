import { knowledgeNotes } from './notes.ts';

interface Searched {
  readonly title: string;
  readonly body: string;
}

const functionWords = new Set(
  `a about after all also am an and any are as at be been before being between but by can could did do does doing done
  for from get give go going got had has have having her here him his how i if in into is it its just know let like
  make made many me more most much must my need no not now of off on one only or other our out over own please say
  says she should so some still such tell than that the their them then there these they thing this those through to
  too up us very want was way we were what when where which while who whom why will with without would you your
  again ask asked really today`.split(/\s+/),
);

/** Words that carry meaning, folded so that number and tense of English words do not matter. */
function termsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => word.length > 1 && !functionWords.has(word)).map(fold));
}

function fold(word: string): string {
  if (word.length <= 3) return word;
  const singular = word.replace(/ies$/, 'y').replace(/(?<!s)s$/, '');
  return singular.length <= 4 ? singular : singular.replace(/(ing|ed|e)$/, '');
}

const frequency = new Map<string, number>();
for (const note of knowledgeNotes) {
  for (const term of termsOf(`${note.title} ${note.body} ${note.tags.join(' ')}`)) {
    frequency.set(term, (frequency.get(term) ?? 0) + 1);
  }
}
const tagsByTitle = new Map(knowledgeNotes.map((note) => [note.title, note.tags.join(' ')]));

/** How much a word tells: the rarer in the notes, the more. */
function weightOf(term: string): number {
  return Math.log(1 + knowledgeNotes.length / (frequency.get(term) ?? 1));
}

/** A note speaks to the question when its score reaches this share of all that the question says… */
const SHARE_NEEDED = 0.4;
/** …or, for long questions, this much: about two rare words in the title and one in the text. */
const SCORE_NEEDED = 20;

/**
 * Of the notes that a search found, those that speak to the question, best first; a note that shares only a common
 * word with it is left out, because a wrong note misleads more than none.
 */
export function relevantNotes<T extends Searched>(question: string, found: readonly T[]): T[] {
  const asked = [...termsOf(question)];
  const total = asked.reduce((sum, term) => sum + weightOf(term), 0);
  const needed = Math.min(SHARE_NEEDED * total, SCORE_NEEDED);
  return found
    .map((note) => ({ note, score: scoreOf(note, asked) }))
    .filter(({ score }) => score > 0 && score >= needed)
    .sort((a, b) => b.score - a.score)
    .map(({ note }) => note);
}

/** The weight of the words that the note shares with the question; those of its title and tags count twice. */
function scoreOf(note: Searched, asked: readonly string[]): number {
  const inTitle = termsOf(`${note.title} ${tagsByTitle.get(note.title) ?? ''}`);
  const inBody = termsOf(note.body);
  return asked.reduce((sum, term) => {
    if (inTitle.has(term)) return sum + 2 * weightOf(term);
    return inBody.has(term) ? sum + weightOf(term) : sum;
  }, 0);
}
