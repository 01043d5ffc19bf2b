import type { AttemptUsage } from '../../runs/events.ts';
import type { ProviderId } from './port.ts';

/** Nano-USD a token (1 USD a million tokens = 1,000 nano-USD a token). Reasoning is charged as output. */
interface TokenPrices {
  readonly input: number;
  readonly cacheRead: number;
  /** The vendor's default lifetime: 30 minutes at OpenAI, 5 minutes at Anthropic. */
  readonly cacheWrite: number;
  readonly output: number;
}

/** Above `promptTokens` of prompt (uncached and cached together) the whole request costs `above`. */
interface ModelPrice {
  readonly base: TokenPrices;
  readonly longContext?: { readonly promptTokens: number; readonly above: TokenPrices };
}

export interface PriceList {
  readonly version: string;
  /** The day from which the vendors charge these prices, UTC. */
  readonly effectiveFrom: string;
  readonly models: Readonly<Record<string, ModelPrice>>;
}

/** OpenAI's rule for GPT-6: above 272 K of prompt, input and cache cost twice and output 1.5 times as much. */
function gpt(base: TokenPrices): ModelPrice {
  const above = {
    input: base.input * 2,
    cacheRead: base.cacheRead * 2,
    cacheWrite: base.cacheWrite * 2,
    output: base.output * 1.5,
  };
  return { base, longContext: { promptTokens: 272_000, above } };
}

/** Every price list known, oldest first. Sources: the vendors' pricing pages, read 2026-11-23. */
export const priceLists: readonly PriceList[] = [
  {
    version: '2026-10-07',
    effectiveFrom: '2026-10-07',
    models: {
      'gpt-6-luna': gpt({ input: 100, cacheRead: 10, cacheWrite: 125, output: 500 }),
      'gpt-6-sol': gpt({ input: 2_000, cacheRead: 200, cacheWrite: 2_500, output: 10_000 }),
      'gpt-6-astra': gpt({ input: 10_000, cacheRead: 1_000, cacheWrite: 12_500, output: 50_000 }),
      'claude-haiku-5-5': {
        base: { input: 100, cacheRead: 10, cacheWrite: 125, output: 500 },
        longContext: {
          promptTokens: 100_000,
          above: { input: 500, cacheRead: 50, cacheWrite: 625, output: 2_500 },
        },
      },
      'claude-sonnet-5-5': { base: { input: 2_000, cacheRead: 100, cacheWrite: 2_500, output: 10_000 } },
      'claude-opus-5-5': { base: { input: 4_000, cacheRead: 200, cacheWrite: 5_000, output: 20_000 } },
    },
  },
];

export interface AttemptCost {
  readonly nanoUsd: bigint;
  /** The version of the price list, or `unpriced` when it does not know the model: unknown is not free. */
  readonly priceVersion: string;
}

const unpriced: AttemptCost = { nanoUsd: 0n, priceVersion: 'unpriced' };

function priceListAt(atMs: number): PriceList | undefined {
  return priceLists.findLast((list) => Date.parse(list.effectiveFrom) <= atMs) ?? priceLists[0];
}

function sum(usage: AttemptUsage, prices: TokenPrices): bigint {
  return (
    BigInt(usage.inputTokens) * BigInt(prices.input) +
    BigInt(usage.cacheReadTokens) * BigInt(prices.cacheRead) +
    BigInt(usage.cacheWriteTokens) * BigInt(prices.cacheWrite) +
    BigInt(usage.outputTokens + usage.reasoningTokens) * BigInt(prices.output)
  );
}

/**
 * What one attempt cost us in nano-USD by the price list in force at `atMs` (ms since 1970).
 * The offline model costs nothing; a model without a price is marked `unpriced`, for the ledger to find.
 */
export function costNanoUsd(
  attempt: { readonly provider: ProviderId; readonly model: string; readonly usage: AttemptUsage },
  atMs: number,
): AttemptCost {
  const list = priceListAt(atMs);
  if (list === undefined) return unpriced;
  if (attempt.provider === 'offline') return { nanoUsd: 0n, priceVersion: list.version };
  const price = list.models[attempt.model];
  if (price === undefined) return unpriced;
  const { usage } = attempt;
  const prompt = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const long = price.longContext;
  const prices = long !== undefined && prompt > long.promptTokens ? long.above : price.base;
  return { nanoUsd: sum(usage, prices), priceVersion: list.version };
}
