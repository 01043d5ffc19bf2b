import { unscopedOperation } from '../../core/operation.ts';
import { addOns, type Feature, features, type LimitName, plans, soldTiers } from '../../core/plans.ts';
import { type Tier, tiers } from '../../core/tiers.ts';
import { Empty } from '../identity/identity.contract.ts';
import { type Plan, Plans } from './billing.contract.ts';

/** Prices change with a release only; an hour is how long an old list may stay after one. Source: product decisions, caching. */
const PLANS_CACHE_SECONDS = 3600;

/** The lines of a price list, in the order to show them; `{n}` is the number. A limit of zero has no line. */
const limitLines: readonly (readonly [LimitName, string, string])[] = [
  ['agentSecondsPerSession', '{n} of agent time a session', 'Unlimited agent time'],
  ['aiQueriesPerMonth', '{n} AI queries a month', 'Unlimited AI queries'],
  ['researchScansPerDay', '{n} research scans a day', 'Unlimited research scans'],
  ['emailsPerMonth', '{n} e-mails a month', 'Unlimited e-mails'],
  ['callsPerMonth', '{n} calls a month', 'Unlimited calls'],
  ['transcriptionsPerMonth', '{n} transcriptions a month', 'Unlimited transcriptions'],
  ['phoneNumbersHeld', '{n} phone number(s)', 'Unlimited phone numbers'],
];

const featureLines: Readonly<Record<Feature, string>> = {
  phoneAccess: 'Calls from your own number',
  emailAccess: 'E-mail from the apps',
  smsAccess: 'SMS',
  canvasScan: 'Canvas research',
  twilioProvisioning: 'Phone number provisioning',
  callRecording: 'Call recording',
  voicemail: 'Voicemail',
  territoryIntelligence: 'Territory intelligence',
  gmailIntegration: 'Gmail sync',
  bulkEmail: 'Bulk e-mail',
  advancedAnalytics: 'Advanced analytics',
  whiteLabel: 'White label',
  customDomain: 'Custom domain',
  apiAccess: 'API access',
};

function limitLine(tier: Tier, [name, text, unlimited]: (typeof limitLines)[number]): string[] {
  const limit = plans[tier].limits[name];
  if (limit === null) return [unlimited];
  if (limit === 0) return [];
  return [text.replace('{n}', name === 'agentSecondsPerSession' ? duration(limit) : number(limit))];
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} seconds`;
  return seconds === 60 ? '1 minute' : `${seconds / 60} minutes`;
}

function toPlan(tier: (typeof soldTiers)[number]): Plan {
  const plan = plans[tier];
  const below = plans[tiers[tiers.indexOf(tier) - 1] ?? 'repx0'];
  const own = features.filter((name) => plan.features[name] && !below.features[name]);
  const premium = tier === 'repx1' ? [] : own;
  const basic = features.filter((name) => plan.features[name] && !premium.includes(name));
  return {
    tier,
    name: plan.name,
    display: plan.display,
    monthly: { amount: plan.cents.monthly, currency: 'usd' },
    annual: { amount: plan.cents.annual, currency: 'usd' },
    features: {
      basic: [
        ...limitLines.flatMap((line) => limitLine(tier, line)),
        ...basic.map((name) => featureLines[name]),
      ],
      ...(premium.length === 0 ? {} : { premium: premium.map((name) => featureLines[name]) }),
    },
    limits: { ...plan.limits },
    apps: [...plan.apps],
    popular: plan.popular,
  };
}

const list = soldTiers.map(toPlan);
const answer = {
  plans: list,
  byTier: Object.fromEntries(list.map((plan) => [plan.tier, plan])) as Record<Plan['tier'], Plan>,
  addOns: Object.entries(addOns).map(([id, { name, unitCents }]) => ({
    id,
    name,
    unit: { amount: unitCents, currency: 'usd' as const },
  })),
};

/** The plans that are sold, as a list and by tier; the same for everybody. */
export const listPlans = unscopedOperation(
  {
    name: 'billing.plans',
    summary: 'The plans with their prices, limits and features; works without signing in.',
    kind: 'query',
    needs: 'public',
    input: Empty,
    output: Plans,
    cacheSeconds: PLANS_CACHE_SECONDS,
  },
  async () => answer,
);
