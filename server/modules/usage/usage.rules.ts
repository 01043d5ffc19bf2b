import type { UsageCounts } from '../../../db/queries/usage-summary.ts';
import { includedUnits, type Meter, meterNames, meters, windowEnd } from '../../core/meters.ts';
import { addOns, tierWithMore } from '../../core/plans.ts';
import type { Tier } from '../../core/tiers.ts';
import type { MeterUsage, UsageSummary } from './usage.contract.ts';

/** The share of a limit at which people are warned. Source: issue C. */
const WARNING_SHARE = 0.8;

/** Whether a count has come near its limit; a plan that includes nothing has none to come near to. */
export function hasReachedWarning({ limit, total }: { limit: number; total: number }): boolean {
  return limit > 0 && total >= limit * WARNING_SHARE;
}

/** The event of a window's warning. */
export function warningId(orgId: string, meter: Meter, resetsAt: string): string {
  return `usage.warning:${orgId}:${meter}:${resetsAt}`;
}

/** The counts as people read them, against the limits of a tier. */
export function summarise(counts: UsageCounts, tier: Tier): UsageSummary {
  const byMeter = Object.fromEntries(
    meterNames.map((meter) => [meter, meterUsage(counts, meter, tier)]),
  ) as Record<Meter, MeterUsage>;
  const scans = byMeter.researchScans;
  return {
    tier,
    meters: byMeter,
    scansUsed: scans.used,
    scansRemaining: scans.remaining,
    dailyLimit: scans.limit,
    upgradeAvailable: tierWithMore(tier, 'researchScansPerDay') !== undefined,
    resetsAt: scans.resetsAt,
  };
}

function meterUsage(counts: UsageCounts, meter: Meter, tier: Tier): MeterUsage {
  const { window } = meters[meter];
  const row = counts[window].find((count) => count.meter === meter);
  const used = (row?.used ?? 0) + (row?.held ?? 0);
  const limit = includedUnits(meter, tier);
  const prepaid = Object.hasOwn(addOns, meter)
    ? (counts.prepaid.find((balance) => balance.meter === meter)?.left ?? 0)
    : null;
  return {
    used,
    limit,
    remaining: limit === null ? null : Math.max(0, limit - used),
    prepaid,
    window,
    resetsAt: new Date(windowEnd(window, counts.now)).toISOString(),
  };
}
