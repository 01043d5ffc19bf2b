// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { Tier } from './platform.ts';

export interface MeterUsage {
  /** Used in this window, with what is set aside for work under way. */
  used: number;
  /** What the plan includes in one window; null is unlimited. */
  limit: number | null;
  remaining: number | null;
  /** Bought units that are left; null where none can be bought. */
  prepaid: number | null;
  /** In UTC. */
  window: 'day' | 'month';
  resetsAt: string;
}

export interface UsageSummary {
  tier: Tier;
  meters: Record<
    | 'aiQueries'
    | 'researchScans'
    | 'emails'
    | 'calls'
    | 'transcriptions'
    | 'shareLinks'
    | 'agentMilliseconds', MeterUsage>;
  /** Research scans of today. */
  scansUsed: number;
  scansRemaining: number | null;
  dailyLimit: number | null;
  /** Whether a higher plan has more scans a day. */
  upgradeAvailable: boolean;
  /** When the scans of a day begin anew: midnight UTC. */
  resetsAt: string;
}
