import type { ContextNote } from './port.ts';

export interface QuotedSentence {
  readonly title: string;
  readonly sentence: string;
}

const maxSentences = 4;

const stopWords = new Set(
  `a about after all also an and any are as at be because been before but by can could did do does doing for from
  get give go had has have how i if in into is it its just know like make me more most much my need no not of on one or
  our out over please say she should so some tell than that the their them then there these they this to too up us use
  want was we what when where which who why will with would you your`.split(/\s+/),
);

/** The words that carry meaning, folded so that plural and case do not matter. */
export function keywords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return [
    ...new Set(
      words.filter((word) => word.length > 1 && !stopWords.has(word) && !stopWords.has(fold(word))).map(fold),
    ),
  ];
}

function fold(word: string): string {
  return word.length > 3 ? word.replace(/(?:ies|es|s)$/, '') : word;
}

function sentencesOf(note: ContextNote): QuotedSentence[] {
  return note.body
    .split(/\n+|(?<=[.!?])\s+(?=[\p{Lu}\p{N}“"])/u)
    .map((line) => line.replace(/^[\s#>*-]+/, '').trim())
    .filter((sentence) => /[.!?]$/.test(sentence))
    .map((sentence) => ({ title: note.title, sentence }));
}

function weightsOf(sentences: readonly { readonly words: ReadonlySet<string> }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { words } of sentences) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return new Map([...counts].map(([word, count]) => [word, Math.log(1 + sentences.length / count)]));
}

/**
 * The sentences of the notes that speak to the question, best first; at most four and `maxWords` words.
 * Rare words count more than common ones; a fitting title adds to a fitting sentence. One word in common with a long
 * question is chance, except in the first note, which the search ranked highest.
 */
export function relevantSentences(
  notes: readonly ContextNote[],
  question: string,
  maxWords: number,
): QuotedSentence[] {
  const asked = keywords(question);
  const enough = asked.length >= 3 ? 2 : 1;
  const found = bestSentences(notes, { asked, enough, maxWords });
  return found.length > 0 ? found : bestSentences(notes.slice(0, 1), { asked, enough: 1, maxWords });
}

interface Search {
  readonly asked: readonly string[];
  /** How many of the words a sentence and its title must share with the question. */
  readonly enough: number;
  readonly maxWords: number;
}

function bestSentences(notes: readonly ContextNote[], search: Search): QuotedSentence[] {
  const all = notes.flatMap(sentencesOf);
  const distinct = [...new Map(all.map((quote) => [quote.sentence, quote])).values()];
  const candidates = distinct.map((quote, order) => ({
    quote,
    order,
    words: new Set(keywords(quote.sentence)),
    titleWords: new Set(keywords(quote.title)),
    length: quote.sentence.split(/\s+/).length,
  }));
  const weights = weightsOf(candidates);
  const scored = candidates.map((candidate) => ({
    ...candidate,
    score: scoreOf(candidate, search, weights),
  }));
  scored.sort((a, b) => b.score - a.score || a.order - b.order);
  const kept: (typeof scored)[number][] = [];
  let words = 0;
  for (const candidate of scored) {
    words += candidate.length;
    if (candidate.score === 0 || kept.length === maxSentences || words > search.maxWords) break;
    kept.push(candidate);
  }
  return readingOrder(kept).map(({ quote }) => quote);
}

/** The best note first, and within a note as it was written. */
function readingOrder<T extends { readonly quote: QuotedSentence; readonly order: number }>(
  ranked: readonly T[],
): T[] {
  const titles = ranked.map(({ quote }) => quote.title);
  const rank = ({ quote }: T) => titles.indexOf(quote.title);
  return ranked.toSorted((a, b) => rank(a) - rank(b) || a.order - b.order);
}

function scoreOf(
  candidate: { readonly words: ReadonlySet<string>; readonly titleWords: ReadonlySet<string> },
  { asked, enough }: Search,
  weights: ReadonlyMap<string, number>,
): number {
  const inSentence = asked.filter((word) => candidate.words.has(word));
  const inTitle = asked.filter((word) => candidate.titleWords.has(word));
  if (inSentence.length === 0 || new Set([...inSentence, ...inTitle]).size < enough) return 0;
  const sum = inSentence.reduce((total, word) => total + (weights.get(word) ?? 0), 0);
  return sum + inTitle.length * 0.5;
}
