import { createHash } from 'node:crypto';
import { jsonFor } from './json-by-schema.ts';
import type { Scenario } from './scenario.ts';

/** What a vendor's request says that decides the answer. */
export interface AskedFor {
  readonly model: string;
  readonly promptCharacters: number;
  readonly maxTokens: number;
  /** The names of the tools the model may call. */
  readonly tools: readonly string[];
  /** The JSON schema the answer must fit, where one was given. */
  readonly schema: unknown;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The arguments as JSON, one token each. */
  readonly pieces: readonly string[];
}

/** One answer, worked out before the first byte is sent. */
export interface Generation {
  readonly id: string;
  readonly model: string;
  /** The pieces of text, one token each. */
  readonly tokens: readonly string[];
  readonly reasoning: readonly string[];
  readonly toolCalls: readonly ToolCall[];
  readonly firstTokenMs: number;
  readonly finish: 'stop' | 'max_output' | 'content_filter' | 'refusal';
  readonly usage: 'reported' | 'missing' | 'nonsense';
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
}

/** The tokens of the answer itself, thoughts aside. */
export function answerTokens({ tokens, toolCalls }: Pick<Generation, 'tokens' | 'toolCalls'>): number {
  return tokens.length + toolCalls.reduce((sum, { pieces }) => sum + pieces.length, 0);
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
  const toolCalls = toolCallsOf(asked, scenario, seed);
  const words = wordsOf(asked, scenario, { count, calls: toolCalls.length });
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
    toolCalls,
    firstTokenMs: delayOf(scenario.firstTokenMs ?? 0, `${seed}first token`),
    finish: scenario.finish ?? natural,
    usage: scenario.usage ?? 'reported',
    inputTokens: Math.ceil(asked.promptCharacters / 3.6),
    cachedTokens,
    cacheWriteTokens,
  };
}

/** The text of the answer, in tokens: the scenario's, JSON where the request wants it, else numbered words. */
function wordsOf(
  { schema }: AskedFor,
  scenario: Scenario,
  has: { readonly count: number; readonly calls: number },
): string[] {
  if (scenario.text !== undefined) return scenario.text.split(/(?=\s)/);
  if (scenario.words === undefined && has.calls > 0) return [];
  if (schema !== undefined) return JSON.stringify(jsonFor(schema)).split(/(?<=[,:{[])/);
  return numberedWords(has.count, scenario.unicode);
}

function toolCallsOf({ tools }: AskedFor, scenario: Scenario, seed: string): ToolCall[] {
  const called = (scenario.toolCalls ?? []).filter(({ name }) => tools.includes(name));
  return called.map(({ name, arguments: given }, index) => ({
    id: createHash('sha256').update(`${seed}${index}`).digest('hex').slice(0, 24),
    name,
    arguments: given,
    pieces: JSON.stringify(given).split(/(?<=[,:{[])/),
  }));
}

/** Log-normal by Box and Muller: half of all requests wait longer than the median, few much longer. */
function delayOf(delay: NonNullable<Scenario['firstTokenMs']>, seed: string): number {
  if (typeof delay === 'number') return delay;
  const random = randomFrom(seed);
  const uniform = () => (random(1_000_000) + 1) / 1_000_001;
  const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return delay.medianMs * Math.exp(delay.sigma * normal);
}
