// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { AppId, Tier } from './platform.ts';

export interface BillingSubscription {
  /** What your organisation has now. */
  tier: Tier;
  /** As the payment service says it. */
  status: string;
  billingCycle: 'monthly' | 'annual' | null;
  currentPeriodEnd: string | null;
  cancelAtPeriodEnd: boolean;
  cancelAt: string | null;
  /** A change waits for its payment; the old plan holds until then. */
  updatePending: boolean;
  /** Another plan begins with the next period. */
  changePlanned: boolean;
}

export interface BuyAddOnInput {
  addOn: 'aiQueries';
  /** Units to buy; refused where the plan has no limit of them. From 1 to 10000. */
  quantity: number;
  /** Where the browser goes after the payment; an address of our apps. At most 500 characters. */
  successUrl: string;
  /** Where the browser goes without one; an address of our apps. At most 500 characters. */
  cancelUrl: string;
}

export interface Checkout {
  sessionId: string;
  /** Send the browser there. */
  url: string;
}

export interface CheckoutInput {
  tier:
    | 'repx0'
    | 'repx1'
    | 'repx2'
    | 'repx3'
    | 'repx4'
    | 'repx5'
    | 'rep0'
    | 'rep1'
    | 'rep2'
    | 'rep3'
    | 'rep4'
    | 'rep5'
    | 'free'
    | 'explorer'
    | 'professional'
    | 'growth'
    | 'business'
    | 'enterprise'
    | 'elite';
  /** Another name of `billingCycle`. */
  cycle?: 'monthly' | 'annual';
  /** Monthly unless told. */
  billingCycle?: 'monthly' | 'annual';
  /** Where the browser goes after the payment; an address of our apps. At most 500 characters. */
  successUrl: string;
  /** Where the browser goes without one; an address of our apps. At most 500 characters. */
  cancelUrl: string;
}

export interface Invoice {
  id: string;
  date: string;
  description: string;
  /** US cents. */
  amount: number;
  status: string;
  invoice_url: string | null;
}

export interface Invoices {
  items: Invoice[];
  nextCursor: string | null;
}

export type InvoicesInput =
  | {
    /** From 1 to 100. Default: 25. */
    limit?: number;
    /** The `nextCursor` of the page before. From 1 to 100 characters. */
    after?: string;
  }
  | undefined;

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

export interface PlanChangeInput {
  tier:
    | 'repx0'
    | 'repx1'
    | 'repx2'
    | 'repx3'
    | 'repx4'
    | 'repx5'
    | 'rep0'
    | 'rep1'
    | 'rep2'
    | 'rep3'
    | 'rep4'
    | 'rep5'
    | 'free'
    | 'explorer'
    | 'professional'
    | 'growth'
    | 'business'
    | 'enterprise'
    | 'elite';
  /** Another name of `billingCycle`. */
  cycle?: 'monthly' | 'annual';
  /** As it is now unless told. */
  billingCycle?: 'monthly' | 'annual';
  /** As a preview named it, at most 15 minutes ago. */
  prorationDate?: string | null;
  /** Of the preview, together with its `prorationDate`: what is charged is then exactly what was shown, or nothing is changed. */
  expected?:
    | {
      /** More begins now and is charged now; less begins with the next period. */
      effect: 'now' | 'at-period-end';
      dueNow: Price;
    }
   ;
}

export interface PlanChangePreview {
  /** More begins now and is charged now; less begins with the next period. */
  effect: 'now' | 'at-period-end';
  dueNow: Price;
  lines: Array<{
    description: string;
    /** US cents; credits below zero. */
    amount: number;
  }>;
  prorationDate: string | null;
  /** When it begins; null is at once. */
  effectiveAt: string | null;
}

export interface PlanChanged {
  /** More begins now and is charged now; less begins with the next period. */
  effect: 'now' | 'at-period-end';
  subscription: BillingSubscription;
}

export interface PlanMoveInput {
  tier:
    | 'repx0'
    | 'repx1'
    | 'repx2'
    | 'repx3'
    | 'repx4'
    | 'repx5'
    | 'rep0'
    | 'rep1'
    | 'rep2'
    | 'rep3'
    | 'rep4'
    | 'rep5'
    | 'free'
    | 'explorer'
    | 'professional'
    | 'growth'
    | 'business'
    | 'enterprise'
    | 'elite';
  /** Another name of `billingCycle`. */
  cycle?: 'monthly' | 'annual';
  /** As it is now unless told. */
  billingCycle?: 'monthly' | 'annual';
  /** As a preview named it, at most 15 minutes ago. */
  prorationDate?: string | null;
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

export interface Portal {
  url: string;
}

export interface PortalInput {
  /** Where the browser goes afterwards; an address of our apps. At most 500 characters. */
  returnUrl: string;
}

export interface Price {
  /** US cents for one period. */
  amount: number;
  currency: 'usd';
}
