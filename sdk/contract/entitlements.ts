// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { AppId, Tier } from './platform.ts';

export interface CheckFeatureInput {
  feature:
    | 'phoneAccess'
    | 'emailAccess'
    | 'smsAccess'
    | 'canvasScan'
    | 'twilioProvisioning'
    | 'callRecording'
    | 'voicemail'
    | 'territoryIntelligence'
    | 'gmailIntegration'
    | 'bulkEmail'
    | 'advancedAnalytics'
    | 'whiteLabel'
    | 'customDomain'
    | 'apiAccess';
}

export interface Entitlements {
  tier: Tier;
  tierName: string;
  /** Of the subscription, as the payment service says it; 'none' without one. */
  status: string;
  /** read-only: a payment is due. */
  access: 'full' | 'read-only';
  reasons: Array<
    | 'no-subscription'
    | 'subscribed'
    | 'trial'
    | 'cancels-at-date'
    | 'collection-paused'
    | 'update-pending'
    | 'payment-late'
    | 'payment-grace-over'
    | 'payment-failed'
    | 'payment-incomplete'
    | 'paused'
    | 'paid-period-runs'
    | 'ended'
    | 'unknown-price'
    | 'unknown-status'
    | 'granted'>;
  currentPeriodEnd: string | null;
  /** Whether it ends instead of renewing. */
  cancelAtPeriodEnd: boolean;
  /** When it ends; access is kept until then. */
  cancelAt: string | null;
  /** From when this answer may be another one. */
  expiresAt: string | null;
  version: number;
  features: {
    phoneAccess: boolean;
    emailAccess: boolean;
    smsAccess: boolean;
    canvasScan: boolean;
    twilioProvisioning: boolean;
    callRecording: boolean;
    voicemail: boolean;
    territoryIntelligence: boolean;
    gmailIntegration: boolean;
    bulkEmail: boolean;
    advancedAnalytics: boolean;
    whiteLabel: boolean;
    customDomain: boolean;
    apiAccess: boolean;
    /** Seconds of agent time in one session; null is unlimited. */
    agentTimeLimit: number | null;
  };
  limits: {
    /** Null is unlimited. */
    aiQueries: number | null;
    /** Null is unlimited. */
    researchScans: number | null;
    /** Null is unlimited. */
    emails: number | null;
    /** Null is unlimited. */
    calls: number | null;
    /** Null is unlimited. */
    transcriptions: number | null;
    /** Null is unlimited. */
    phoneNumbers: number | null;
  };
  /** The same as features.agentTimeLimit. */
  agentSeconds: number | null;
  /** Whether sessions with agents have no time limit. */
  unlimited: boolean;
  apps: AppId[];
  /** Which accounts outside may be connected. */
  connections: {
    phone: boolean;
    sms: boolean;
    email: boolean;
    gmail: boolean;
  };
  /** Of the current windows; researchScans of today, everything else of this month (UTC). */
  usage: {
    aiQueries: number;
    researchScans: number;
    emails: number;
    calls: number;
    transcriptions: number;
    agentSeconds: number;
    /** The same as researchScans. */
    canvas_briefs: number;
    /** Shared links of this month. */
    ripples: number;
  };
  /** When the month's counts begin anew. */
  resetsAt: string;
  /** Where to get more; null on the highest plan. */
  upgradeUrl: string | null;
}

export interface FeatureCheck {
  feature:
    | 'phoneAccess'
    | 'emailAccess'
    | 'smsAccess'
    | 'canvasScan'
    | 'twilioProvisioning'
    | 'callRecording'
    | 'voicemail'
    | 'territoryIntelligence'
    | 'gmailIntegration'
    | 'bulkEmail'
    | 'advancedAnalytics'
    | 'whiteLabel'
    | 'customDomain'
    | 'apiAccess';
  allowed: boolean;
  /** payment-due: the plan would open it once the payment is made. */
  reason: 'included' | 'tier-too-low' | 'payment-due';
  /** The first plan that has it; null when it is allowed. */
  requiredTier: Tier | null;
  /** Where a plan that has it is bought; null where none is needed. */
  upgradeUrl: string | null;
}
