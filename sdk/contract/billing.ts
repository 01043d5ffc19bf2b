// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { AppId } from './platform.ts';

export interface Plan {
  tier: 'repx1' | 'repx2' | 'repx3' | 'repx4' | 'repx5';
  name: string;
  /** As the apps print it, e.g. Rep³. */
  display: string;
  monthly: Price;
  annual: Price;
  features: {
    /** What the plan includes, in the order to show it. */
    basic: string[];
    /** What sets it above the smaller plans. */
    premium?: string[];
  };
  /** Null is unlimited. */
  limits: Record<
    | 'agentSecondsPerSession'
    | 'aiQueriesPerMonth'
    | 'researchScansPerDay'
    | 'emailsPerMonth'
    | 'callsPerMonth'
    | 'transcriptionsPerMonth'
    | 'phoneNumbersHeld', number | null>;
  apps: AppId[];
  popular: boolean;
}

export interface Plans {
  /** Those that are sold, ascending. */
  plans: Plan[];
  /** The same, by tier. */
  byTier: Record<'repx1' | 'repx2' | 'repx3' | 'repx4' | 'repx5', Plan>;
  addOns: Array<{
    id: string;
    name: string;
    /** For one unit. */
    unit: Price;
  }>;
}

export interface Price {
  /** US cents for one period. */
  amount: number;
  currency: 'usd';
}
