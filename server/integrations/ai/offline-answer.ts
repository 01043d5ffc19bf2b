import { createHash } from 'node:crypto';
import { keywords, type QuotedSentence, relevantSentences } from './offline-notes.ts';
import type { ChatTurn, ModelRequest } from './port.ts';

const quotedWordsAtMost = 90;
const wordsAtLeast = 80;
const wordsAtMost = 200;

/** Said when the notes leave room; advice on method only, so that nothing is claimed about a product. */
const closingAdvice = [
  'Before your next conversation, write down the one point above that your buyer would dispute, and the evidence you would show.',
  'Say it out loud once, in your own words and in less than half a minute, then ask a question and stay quiet.',
  'If a number or a clinical claim matters to the decision, check it against the label or the study before you use it.',
  'Keep it about their practice: what changes for the patient, what changes for the team, what changes for the week.',
];

/**
 * The offline model's whole answer: in the persona's voice, 80 to 200 words, deterministic, and with no fact that is not
 * quoted from the notes or from the person. It says what it is.
 */
export function offlineAnswer(request: ModelRequest): string {
  const asked = request.turns.filter((turn) => turn.role === 'user');
  const question = asked.at(-1)?.text ?? '';
  const pick = picker(`${request.persona.name}\n${asked.length}\n${question}`);
  const quotes = relevantSentences(request.notes, searchText(asked), quotedWordsAtMost);
  const parts = [
    ...opening(request, pick),
    ...recall(asked),
    'I am the offline model today, so I speak only from the house notes.',
    ...(quotes.length > 0 ? quoted(quotes) : nothingFound(request, question)),
  ];
  const followUp = followUpQuestion(question, quotes);
  for (const advice of rotated(closingAdvice, pick(closingAdvice.length))) {
    if (countWords([...parts, followUp]) >= wordsAtLeast) break;
    parts.push(advice);
  }
  return withinWords([...parts, followUp]);
}

/** A stable choice: the same conversation always gets the same words. */
function picker(seed: string): (count: number) => number {
  const number = createHash('sha256').update(seed).digest().readUInt32BE(0);
  return (count) => number % count;
}

function rotated<T>(items: readonly T[], from: number): T[] {
  return [...items.slice(from), ...items.slice(0, from)];
}

function opening(request: ModelRequest, pick: (count: number) => number): string[] {
  const { signaturePhrases, name } = request.persona;
  const phrase = signaturePhrases[pick(signaturePhrases.length)];
  const isFirst = request.turns.length === 1;
  return [
    ...(isFirst ? [`${name} here.`] : []),
    ...(phrase === undefined ? [] : [sentence(clipped(phrase, 24))]),
  ];
}

/** A short follow-up ("and for lips?") is searched together with the question before it; a greeting is not searched. */
function searchText(asked: readonly ChatTurn[]): string {
  const question = asked.at(-1)?.text ?? '';
  const words = keywords(question).length;
  if (words === 0) return '';
  return words >= 3 ? question : `${question} ${asked.at(-2)?.text ?? ''}`;
}

function recall(asked: readonly ChatTurn[]): string[] {
  const earlier = asked.at(-2);
  return earlier === undefined
    ? []
    : [`Earlier you said “${clipped(earlier.text, 12)}”, and I keep that in mind.`];
}

function quoted(quotes: readonly QuotedSentence[]): string[] {
  return quotes.map((quote, index) =>
    quote.title === quotes[index - 1]?.title
      ? `It also says: “${quote.sentence}”`
      : `The note “${clipped(quote.title, 10)}” says: “${quote.sentence}”`,
  );
}

function nothingFound(request: ModelRequest, question: string): string[] {
  const starters = request.persona.conversationStarters.slice(0, 2).map((text) => `“${clipped(text, 20)}”`);
  const suggestion =
    starters.length > 0
      ? `Good ways to start with me: ${starters.join(' or ')}.`
      : 'Ask me about a product line, a procedure or an objection by its name, and I will look again.';
  if (keywords(question).length === 0)
    return [`I am ${request.persona.name}: ${sentence(clipped(request.persona.tagline, 20))}`, suggestion];
  return [
    `They hold nothing I would quote on “${clipped(question, 12)}”, and I will not guess at facts.`,
    suggestion,
  ];
}

function followUpQuestion(question: string, quotes: readonly QuotedSentence[]): string {
  const title = quotes[0]?.title;
  if (title !== undefined) return `Which part of “${clipped(title, 10)}” does your next meeting hang on?`;
  return keywords(question).length > 1
    ? 'Who are you saying this to next, and what have they told you so far?'
    : 'What is the next conversation you want to prepare?';
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** The first words of a text on one line, without a full stop, marked when cut. */
function clipped(text: string, words: number): string {
  const all = text.trim().split(/\s+/);
  const kept = all.slice(0, words).join(' ').slice(0, 160).toWellFormed();
  return kept.length < all.join(' ').length ? `${kept}…` : kept.replace(/[.]$/, '');
}

function countWords(parts: readonly string[]): number {
  return parts.join(' ').split(/\s+/).length;
}

/** Drops sentences before the follow-up question until the answer is short enough. */
function withinWords(parts: readonly string[]): string {
  let kept = parts;
  while (countWords(kept) > wordsAtMost && kept.length > 2) kept = [...kept.slice(0, -2), ...kept.slice(-1)];
  return kept.join(' ');
}
