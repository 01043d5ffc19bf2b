import { describe, expect, it } from 'vitest';
import { openAiUsage } from '../../server/integrations/ai/openai-events.ts';
import { parseRetryAfter } from '../../server/integrations/ai/retry-after.ts';
import { estimateTokens, estimateUsage } from '../../server/integrations/ai/usage.ts';
import { sampleRequest } from './sample.ts';

describe('the normal form of usage', () => {
  it('takes cached and written tokens out of OpenAI’s input, and reasoning out of its output', () => {
    const usage = openAiUsage({
      input_tokens: 1_000,
      input_tokens_details: { cached_tokens: 600, cache_write_tokens: 100 },
      output_tokens: 300,
      output_tokens_details: { reasoning_tokens: 120 },
      total_tokens: 1_300,
    });
    expect(usage).toEqual({
      inputTokens: 300,
      cacheReadTokens: 600,
      cacheWriteTokens: 100,
      outputTokens: 180,
      reasoningTokens: 120,
      source: 'reported',
    });
  });

  it.each([
    undefined,
    null,
    {},
    { input_tokens: Number.NaN, output_tokens: 4 },
    { input_tokens: 4, output_tokens: -1 },
    { input_tokens: 1e308, output_tokens: 4 },
  ])('is not reported by %o', (value) => {
    expect(openAiUsage(value)).toBeUndefined();
  });

  it('is estimated at 3.6 characters a token, rounded up', () => {
    expect(estimateTokens('')).toBe(0);
    expect(estimateTokens('a'.repeat(36))).toBe(10);
    expect(estimateTokens('a'.repeat(37))).toBe(11);
  });

  it('keeps what was reported of the input when the output is estimated', () => {
    const reported = {
      inputTokens: 7,
      cacheReadTokens: 8,
      cacheWriteTokens: 9,
      outputTokens: 1,
      reasoningTokens: 0,
      source: 'estimated',
    } as const;
    const usage = estimateUsage(sampleRequest0, { textCharacters: 36, reasoningCharacters: 72 }, reported);
    expect(usage).toEqual({ ...reported, outputTokens: 10, reasoningTokens: 20 });
  });
});

const sampleRequest0 = { ...sampleRequest, model: 'gpt-6-sol' };

describe('Retry-After', () => {
  const now = Date.parse('2026-11-23T00:00:00Z');
  const of = (headers: Record<string, string>) => parseRetryAfter(new Headers(headers), now);

  it.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'retry-after': '2' }, 2_000],
    ['fractions of seconds', { 'retry-after': '0.25' }, 250],
    ['an hour', { 'retry-after': '3600' }, 3_600_000],
    ['ten years', { 'retry-after': '315360000' }, 315_360_000_000],
    ['a date', { 'retry-after': 'Mon, 23 Nov 2026 00:00:30 GMT' }, 30_000],
    ['a date that has passed', { 'retry-after': 'Mon, 23 Nov 2020 00:00:30 GMT' }, 0],
    ['milliseconds first', { 'retry-after-ms': '150', 'retry-after': '9' }, 150],
    ['nonsense milliseconds, then seconds', { 'retry-after-ms': 'soon', 'retry-after': '9' }, 9_000],
    ['a negative number', { 'retry-after': '-5' }, undefined],
    ['infinity', { 'retry-after': 'Infinity' }, undefined],
    ['nonsense', { 'retry-after': 'later' }, undefined],
    ['an empty value', { 'retry-after': '' }, undefined],
    ['nothing', {}, undefined],
  ])('reads %s', (_name, headers, expected) => {
    expect(of(headers)).toBe(expected);
  });
});
