import { describe, expect, it } from 'vitest';
import type { ProviderId } from '../../server/integrations/ai/port.ts';
import { costNanoUsd } from '../../server/integrations/ai/prices.ts';
import type { AttemptUsage } from '../../server/runs/events.ts';

const now = Date.parse('2026-11-23T12:00:00Z');

function cost(provider: ProviderId, model: string, usage: Partial<AttemptUsage>): bigint {
  const full: AttemptUsage = {
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    source: 'reported',
    ...usage,
  };
  return costNanoUsd({ provider, model, usage: full }, now).nanoUsd;
}

const usd = 1_000_000_000n;
const million = 1_000_000;

describe('the cost of an attempt', () => {
  it.each<[ProviderId, string, Partial<AttemptUsage>, bigint]>([
    // 500 words of answer, as the design's own comparison has it: Luna and Haiku $0.00025, Sonnet $0.005, Opus $0.010.
    ['openai', 'gpt-6-luna', { outputTokens: 500 }, 250_000n],
    ['anthropic', 'claude-haiku-5-5', { outputTokens: 500 }, 250_000n],
    ['anthropic', 'claude-sonnet-5-5', { outputTokens: 500 }, 5_000_000n],
    ['anthropic', 'claude-opus-5-5', { outputTokens: 500 }, 10_000_000n],
    ['openai', 'gpt-6-astra', { outputTokens: million }, 50n * usd],
    // Reasoning is output.
    ['openai', 'gpt-6-sol', { outputTokens: 100, reasoningTokens: 900 }, 10_000_000n],
    // 1,000 fresh, 9,000 cached, 500 written, on Sol: 2 + 1.8 + 1.25 thousandths of a dollar.
    [
      'openai',
      'gpt-6-sol',
      { inputTokens: 1_000, cacheReadTokens: 9_000, cacheWriteTokens: 500 },
      5_050_000n,
    ],
    [
      'anthropic',
      'claude-sonnet-5-5',
      { inputTokens: 1_000, cacheReadTokens: 9_000, cacheWriteTokens: 500 },
      4_150_000n,
    ],
    ['anthropic', 'claude-opus-5-5', { inputTokens: 10, cacheReadTokens: 10, cacheWriteTokens: 10 }, 92_000n],
  ])('%s %s %o costs %d nano-USD', (provider, model, usage, expected) => {
    expect(cost(provider, model, usage)).toBe(expected);
  });

  it('changes for the whole request above 272 K of prompt on GPT-6', () => {
    const at = cost('openai', 'gpt-6-sol', { inputTokens: 272_000, outputTokens: 1_000 });
    const above = cost('openai', 'gpt-6-sol', { inputTokens: 272_001, outputTokens: 1_000 });
    expect(at).toBe(272_000n * 2_000n + 10_000_000n);
    expect(above).toBe(272_001n * 4_000n + 15_000_000n);
  });

  it('counts cached and written tokens towards the band', () => {
    const usage = { inputTokens: 1, cacheReadTokens: 200_000, cacheWriteTokens: 72_000 };
    expect(cost('openai', 'gpt-6-luna', usage)).toBe(200n + 200_000n * 20n + 72_000n * 250n);
  });

  it('changes for the whole request above 100 K of prompt on Haiku 5.5', () => {
    expect(cost('anthropic', 'claude-haiku-5-5', { inputTokens: 100_000, outputTokens: 10 })).toBe(
      10_005_000n,
    );
    expect(cost('anthropic', 'claude-haiku-5-5', { inputTokens: 100_001, outputTokens: 10 })).toBe(
      100_001n * 500n + 25_000n,
    );
  });

  it('is nothing for the offline model', () => {
    expect(cost('offline', 'offline-1', { inputTokens: million, outputTokens: million })).toBe(0n);
  });

  it('is marked as unpriced, not free, for a model without a price', () => {
    const usage: AttemptUsage = {
      inputTokens: 5,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 5,
      reasoningTokens: 0,
      source: 'reported',
    };
    expect(costNanoUsd({ provider: 'openai', model: 'gpt-7', usage }, now).priceVersion).toBe('unpriced');
  });

  it('stays exact far beyond what a double holds', () => {
    expect(cost('openai', 'gpt-6-astra', { outputTokens: 2 ** 40 })).toBe(
      2n ** 40n * 75n * 1000n - 2n ** 40n * 25n * 1000n,
    );
  });
});
