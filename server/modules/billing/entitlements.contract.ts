import { z } from 'zod';
import { appIds } from '../../core/apps.ts';
import { features } from '../../core/plans.ts';
import { tiers } from '../../core/tiers.ts';
import { entitlementReasons } from './entitlements.rules.ts';

const units = z.int().nullable().describe('Null is unlimited.');

export const EntitlementsView = z
  .object({
    tier: z.enum(tiers),
    tierName: z.string(),
    status: z.string().describe("Of the subscription, as the payment service says it; 'none' without one."),
    access: z.enum(['full', 'read-only']).describe('read-only: a payment is due.'),
    reasons: z.array(z.enum(entitlementReasons)),
    currentPeriodEnd: z.iso.datetime().nullable(),
    cancelAtPeriodEnd: z.boolean().describe('Whether it ends instead of renewing.'),
    cancelAt: z.iso.datetime().nullable().describe('When it ends; access is kept until then.'),
    expiresAt: z.iso.datetime().nullable().describe('From when this answer may be another one.'),
    version: z.int(),
    features: z.object({
      ...(Object.fromEntries(features.map((name) => [name, z.boolean()])) as Record<
        (typeof features)[number],
        z.ZodBoolean
      >),
      agentTimeLimit: units.describe('Seconds of agent time in one session; null is unlimited.'),
    }),
    limits: z.object({
      aiQueries: units,
      researchScans: units,
      emails: units,
      calls: units,
      transcriptions: units,
      phoneNumbers: units,
    }),
    agentSeconds: units.describe('The same as features.agentTimeLimit.'),
    unlimited: z.boolean().describe('Whether sessions with agents have no time limit.'),
    apps: z.array(z.enum(appIds)),
    connections: z
      .object({ phone: z.boolean(), sms: z.boolean(), email: z.boolean(), gmail: z.boolean() })
      .describe('Which accounts outside may be connected.'),
    usage: z
      .object({
        aiQueries: z.int(),
        researchScans: z.int(),
        emails: z.int(),
        calls: z.int(),
        transcriptions: z.int(),
        agentSeconds: z.int(),
        canvas_briefs: z.int().describe('The same as researchScans.'),
        ripples: z.int().describe('Shared links of this month.'),
      })
      .describe('Of the current windows; researchScans of today, everything else of this month (UTC).'),
    resetsAt: z.iso.datetime().describe("When the month's counts begin anew."),
    upgradeUrl: z.url().nullable().describe('Where to get more; null on the highest plan.'),
  })
  .meta({ id: 'Entitlements' });
export type EntitlementsView = z.output<typeof EntitlementsView>;

export const CheckFeatureInput = z.object({ feature: z.enum(features) });

export const FeatureCheck = z
  .object({
    feature: z.enum(features),
    allowed: z.boolean(),
    reason: z
      .enum(['included', 'tier-too-low', 'payment-due'])
      .describe('payment-due: the plan would open it once the payment is made.'),
    requiredTier: z.enum(tiers).nullable().describe('The first plan that has it; null when it is allowed.'),
    upgradeUrl: z.url().nullable().describe('Where a plan that has it is bought; null where none is needed.'),
  })
  .meta({ id: 'FeatureCheck' });
export type FeatureCheck = z.output<typeof FeatureCheck>;

export const FollowInput = z
  .object({ lastEventId: z.string().max(64).nullish().describe('The id of the last state you have.') })
  .optional();
