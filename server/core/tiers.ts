import { z } from 'zod';

/** The RepX plans in ascending order; what each holds is in plans.ts. */
export const tiers = ['repx0', 'repx1', 'repx2', 'repx3', 'repx4', 'repx5'] as const;
export type Tier = (typeof tiers)[number];

/** How older apps spell a tier. Accepted as input, never given out. */
const formerSpellings = {
  rep0: 'repx0',
  rep1: 'repx1',
  rep2: 'repx2',
  rep3: 'repx3',
  rep4: 'repx4',
  rep5: 'repx5',
  free: 'repx0',
  explorer: 'repx1',
  professional: 'repx2',
  growth: 'repx3',
  business: 'repx3',
  enterprise: 'repx4',
  elite: 'repx5',
} as const satisfies Record<string, Tier>;
type FormerSpelling = keyof typeof formerSpellings;

const isTier = (text: string): text is Tier => tiers.some((tier) => tier === text);
const isFormer = (text: string): text is FormerSpelling => Object.hasOwn(formerSpellings, text);

/** The tier a present or former spelling means; null for any other text. */
export function parseTier(text: string): Tier | null {
  if (isTier(text)) return text;
  return isFormer(text) ? formerSpellings[text] : null;
}

const spellings = [...tiers, ...Object.keys(formerSpellings).filter(isFormer)] as const;

/** A tier as an input: takes every spelling, gives `repxN`. */
export const TierInput = z
  .enum(spellings)
  .transform((text): Tier => (isTier(text) ? text : formerSpellings[text]));

/** How high a tier stands, 0 to 5. */
export function rankOf(tier: Tier): number {
  return tiers.indexOf(tier);
}

/** Whether a tier is at least `required`. */
export function reaches(tier: Tier, required: Tier): boolean {
  return rankOf(tier) >= rankOf(required);
}

/** The lowest tier above `tier` that satisfies `grants`; undefined when none does. */
export function nextTierWhere(tier: Tier, grants: (candidate: Tier) => boolean): Tier | undefined {
  return tiers.slice(rankOf(tier) + 1).find(grants);
}
