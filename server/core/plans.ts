import { type AppId, appIds } from './apps.ts';
import { nextTierWhere, rankOf, reaches, type Tier, tiers } from './tiers.ts';

/**
 * The one catalogue of what a tier costs, holds and opens; null is unlimited. Source: product/decisions.md, RepX tiers.
 * Raise `catalogueVersion` with every change, so that stored entitlements are computed again.
 */
export const catalogueVersion = 1;

type Row<T> = readonly [repx0: T, repx1: T, repx2: T, repx3: T, repx4: T, repx5: T];

const names: Row<string> = ['Free', 'Explorer', 'Professional', 'Business', 'Enterprise', 'Elite'];
const displays: Row<string> = ['Rep⁰', 'Rep¹', 'Rep²', 'Rep³', 'Rep⁴', 'Rep⁵'];
const monthlyCents: Row<number> = [0, 9_700, 19_700, 29_700, 49_700, 99_700];
const annualCents: Row<number> = [0, 97_000, 197_000, 297_000, 497_000, 997_000];
/** The plan that price lists recommend. */
const popularTier: Tier = 'repx3';

const limitRows = {
  agentSecondsPerSession: [30, 60, 300, 900, 1_800, null],
  aiQueriesPerMonth: [10, 50, 100, 500, 1_000, null],
  researchScansPerDay: [0, 0, 10, 25, 50, null],
  emailsPerMonth: [0, 100, 500, 2_000, null, null],
  callsPerMonth: [0, 100, 200, 400, 800, null],
  transcriptionsPerMonth: [5, 100, 200, 400, 800, null],
  phoneNumbersHeld: [0, 0, 0, 1, 3, 10],
} as const satisfies Record<string, Row<number | null>>;

export type LimitName = keyof typeof limitRows;
export type PlanLimits = Readonly<Record<LimitName, number | null>>;
export const limitNames = Object.keys(limitRows) as LimitName[];

/** What a tier opens, by the first tier that has it, in the order in which price lists show it. */
const opensAt = {
  phoneAccess: 'repx1',
  emailAccess: 'repx1',
  smsAccess: 'repx2',
  canvasScan: 'repx2',
  twilioProvisioning: 'repx3',
  callRecording: 'repx3',
  voicemail: 'repx3',
  territoryIntelligence: 'repx3',
  gmailIntegration: 'repx4',
  bulkEmail: 'repx4',
  advancedAnalytics: 'repx4',
  whiteLabel: 'repx5',
  customDomain: 'repx5',
  apiAccess: 'repx5',
} as const satisfies Record<string, Tier>;

export type Feature = keyof typeof opensAt;
export const features = Object.keys(opensAt) as Feature[];

/** The lowest tier that may work in an app. */
export const appTiers: Readonly<Record<AppId, Tier>> = {
  crm: 'repx0',
  market: 'repx0',
  global: 'repx0',
  repconnect: 'repx0',
  canvas: 'repx2',
};

/** Prepaid units beyond a tier's own, by meter; US cents a unit. Source: issue C, add-on packs. */
export const addOns = { aiQueries: { unitCents: 50, name: 'AI query' } } as const;
export type AddOn = keyof typeof addOns;

export const billingCycles = ['monthly', 'annual'] as const;
export type BillingCycle = (typeof billingCycles)[number];

export interface Plan {
  readonly tier: Tier;
  readonly name: string;
  readonly display: string;
  readonly popular: boolean;
  readonly cents: Readonly<Record<BillingCycle, number>>;
  readonly limits: PlanLimits;
  readonly features: Readonly<Record<Feature, boolean>>;
  readonly apps: readonly AppId[];
}

function cell<T>(row: Row<T>, tier: Tier): T {
  return row[rankOf(tier) as 0 | 1 | 2 | 3 | 4 | 5];
}

function planOf(tier: Tier): Plan {
  return {
    tier,
    name: cell(names, tier),
    display: cell(displays, tier),
    popular: tier === popularTier,
    cents: { monthly: cell(monthlyCents, tier), annual: cell(annualCents, tier) },
    limits: Object.fromEntries(limitNames.map((name) => [name, limitOf(tier, name)])) as PlanLimits,
    features: Object.fromEntries(features.map((name) => [name, opens(tier, name)])) as Plan['features'],
    apps: appIds.filter((app) => reaches(tier, appTiers[app])),
  };
}

/** How much of `name` a tier holds; null is unlimited. */
export function limitOf(tier: Tier, name: LimitName): number | null {
  return cell<number | null>(limitRows[name], tier);
}

/** Whether a tier has a feature. */
export function opens(tier: Tier, feature: Feature): boolean {
  return reaches(tier, opensAt[feature]);
}

/** The first tier that has a feature. */
export function requiredTierFor(feature: Feature): Tier {
  return opensAt[feature];
}

/** The next tier that holds more of `name`, for the upgrade hint of a limit; undefined when none does. */
export function tierWithMore(tier: Tier, name: LimitName): Tier | undefined {
  const own = limitOf(tier, name);
  if (own === null) return undefined;
  return nextTierWhere(tier, (candidate) => {
    const other = limitOf(candidate, name);
    return other === null || other > own;
  });
}

/** Every plan by its tier. */
export const plans = Object.fromEntries(tiers.map((tier) => [tier, planOf(tier)])) as Readonly<
  Record<Tier, Plan>
>;

/** The plans that are sold, ascending. */
export const soldTiers = tiers.filter((tier): tier is Exclude<Tier, 'repx0'> => tier !== 'repx0');

const DAY_MS = 86_400_000;
/** How long a failed payment keeps the tier. */
export const PAYMENT_GRACE_MS = 7 * DAY_MS;
