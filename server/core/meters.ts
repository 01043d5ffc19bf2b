import { type LimitName, limitOf } from './plans.ts';
import type { Tier } from './tiers.ts';

export type UsageWindow = 'day' | 'month';

/** What is counted, in which window (UTC), against which limit of the catalogue. The only list: nobody counts by themselves. */
export const meters = {
  aiQueries: { window: 'month', limit: 'aiQueriesPerMonth' },
  researchScans: { window: 'day', limit: 'researchScansPerDay' },
  emails: { window: 'month', limit: 'emailsPerMonth' },
  calls: { window: 'month', limit: 'callsPerMonth' },
  transcriptions: { window: 'month', limit: 'transcriptionsPerMonth' },
  /** Links to shared content; counted, not limited. */
  shareLinks: { window: 'month', limit: null },
  /** Agent time. Its limit is a session's (`agentSecondsPerSession`), so the month's count has none. */
  agentMilliseconds: { window: 'month', limit: null },
} as const satisfies Record<string, { readonly window: UsageWindow; readonly limit: LimitName | null }>;

export type Meter = keyof typeof meters;
export const meterNames = Object.keys(meters) as Meter[];

/** How many units of a meter a tier includes in one window; null is unlimited. */
export function includedUnits(meter: Meter, tier: Tier): number | null {
  const { limit } = meters[meter];
  return limit === null ? null : limitOf(tier, limit);
}

/** When the window that holds `at` ends and the next begins, in ms since 1970 UTC. */
export function windowEnd(kind: UsageWindow, at: number): number {
  const date = new Date(at);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return kind === 'day' ? Date.UTC(year, month, date.getUTCDate() + 1) : Date.UTC(year, month + 1, 1);
}
