import { createHash } from 'node:crypto';
import type { Scenario } from './scenario.ts';

/** What a vendor's request says that decides the answer. */
export interface AskedFor {
  readonly model: string;
  readonly promptCharacters: number;
  readonly maxTokens: number;
}

/** One answer, worked out before the first byte is sent. */
export interface Generation {
  readonly id: string;
  readonly model: string;
  /** The pieces of text, one token each. */
  readonly tokens: readonly string[];
  readonly reasoning: readonly string[];
  readonly finish: 'stop' | 'max_output' | 'content_filter' | 'refusal';
  readonly usage: 'reported' | 'missing' | 'nonsense';
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
}

const exotic = ['é', 'ß', '中', '🦷', '👩🏽‍⚕️', '—'];

/** A small seeded generator of numbers below `count`; the same seed always gives the same numbers. */
export function randomFrom(seed: string): (count: number) => number {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

/** Numbered words, `w000001 w000002 …`, so that a lost, doubled or swapped piece shows. */
export function numberedWords(count: number, unicode = false): string[] {
  return Array.from({ length: count }, (_, index) => {
    const word = `w${String(index + 1).padStart(6, '0')}`;
    const mark = unicode ? exotic[index % exotic.length] : '';
    return index === 0 ? `${word}${mark}` : ` ${word}${mark}`;
  });
}

function cutAnywhere(text: string, random: (count: number) => number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const length = 1 + random(9);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

/** Works out the answer: a function of the request's body, the emulator's seed and the scenario, of nothing else. */
export function generate(asked: AskedFor, scenario: Scenario, seed: string): Generation {
  const random = randomFrom(seed);
  const count = scenario.words ?? 40 + random(80);
  const words =
    scenario.text === undefined ? numberedWords(count, scenario.unicode) : scenario.text.split(/(?=\s)/);
  const whole = scenario.cuts === 'anywhere' ? cutAnywhere(words.join(''), random) : words;
  const tokens = whole.slice(0, asked.maxTokens);
  const natural = tokens.length < whole.length ? 'max_output' : 'stop';
  const cachedTokens = scenario.cachedTokens ?? 0;
  const cacheWriteTokens = scenario.cacheWriteTokens ?? 0;
  return {
    id: createHash('sha256').update(seed).digest('hex').slice(0, 24),
    model: asked.model,
    tokens,
    reasoning: numberedWords(scenario.reasoningTokens ?? 0),
    finish: scenario.finish ?? natural,
    usage: scenario.usage ?? 'reported',
    inputTokens: Math.ceil(asked.promptCharacters / 3.6),
    cachedTokens,
    cacheWriteTokens,
  };
}
