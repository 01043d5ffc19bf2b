/** The RepX plans in ascending order. Prices and the other limits join with billing. */
export const tiers = ['repx0', 'repx1', 'repx2', 'repx3', 'repx4', 'repx5'] as const;
export type Tier = (typeof tiers)[number];

/** Seconds of agent time in one session by tier; null is unlimited. Source: product decisions, RepX tiers. */
export const agentSecondsByTier: Readonly<Record<Tier, number | null>> = {
  repx0: 30,
  repx1: 60,
  repx2: 300,
  repx3: 900,
  repx4: 1800,
  repx5: null,
};

/** The next tier that grants more agent seconds, for the upgrade hint of a limit. */
export function nextTier(tier: Tier): Tier | undefined {
  return tiers[tiers.indexOf(tier) + 1];
}
