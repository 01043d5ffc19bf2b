import { z } from 'zod';
import type { BillingSettings } from '../core/ports.ts';
import { missingPrices, type PriceList, parsePriceList } from '../integrations/payments/stripe/price-list.ts';

const httpUrl = z.url({ protocol: /^https?$/ });
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

const secretKey = z
  .string('must be set to a secret key of Stripe')
  .regex(/^(sk|rk)_(live|test)_/, 'must be a secret key of Stripe');

/** The variables of billing. */
export const billingVariables = {
  BILLING_UPGRADE_PAGE: httpUrl.optional(),
  BILLING_RETURN_URLS: list.optional(),
  STRIPE_SECRET_KEY: secretKey.optional(),
  STRIPE_MODE: z.enum(['live', 'test']).optional(),
  STRIPE_WEBHOOK_SECRETS: list.optional(),
  STRIPE_PRICES: z.string().optional(),
  STRIPE_PORTAL: z
    .string()
    .regex(/^bpc_/, 'must be the id of a portal configuration of Stripe (npm run billing:sync prints it)')
    .optional(),
  STRIPE_BASE_URL: httpUrl.optional(),
};

const environment = z.object(billingVariables);

/** What `npm run billing:sync` reads: it makes the prices that the rest needs. */
export const syncEnvironmentSchema = environment
  .pick({ STRIPE_MODE: true, STRIPE_PRICES: true, STRIPE_PORTAL: true, STRIPE_BASE_URL: true })
  .extend({ STRIPE_SECRET_KEY: secretKey });

export interface BillingConfig {
  readonly billing: BillingSettings;
  readonly stripe: StripeSettings | null;
}

export function billingConfig(env: z.output<typeof environment>, origins: readonly string[]): BillingConfig {
  return { billing: billingSettings(env, origins), stripe: stripeSettings(env) };
}

/** Where billing sends people; by default to the first of the frontends, and back to any of them. */
function billingSettings(env: z.output<typeof environment>, origins: readonly string[]): BillingSettings {
  const [first = 'http://localhost:3000'] = origins;
  return {
    upgradePage: env.BILLING_UPGRADE_PAGE ?? `${first}/pricing`,
    returnUrls: env.BILLING_RETURN_URLS ?? origins,
  };
}

/** How Stripe is reached; null where it is not configured. */
interface StripeSettings {
  readonly secretKey: string;
  readonly webhookSecrets: readonly string[];
  readonly prices: PriceList;
  readonly portal: string | null;
  readonly baseUrl: string | null;
}

function stripeSettings(env: z.output<typeof environment>): StripeSettings | null {
  if (env.STRIPE_SECRET_KEY === undefined) return null;
  return {
    secretKey: env.STRIPE_SECRET_KEY,
    webhookSecrets: env.STRIPE_WEBHOOK_SECRETS ?? [],
    prices: parsePriceList(env.STRIPE_PRICES ?? ''),
    portal: env.STRIPE_PORTAL ?? null,
    baseUrl: env.STRIPE_BASE_URL ?? null,
  };
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** What the variables of Stripe want of each other, and of the mode: real money only where it was asked for. */
export function stripeFaults(set: Variables): string[] {
  const { STRIPE_SECRET_KEY: key, STRIPE_PRICES: prices } = set;
  if (key === undefined) return [];
  const faults = modeFaults(set);
  if (set.STRIPE_WEBHOOK_SECRETS === undefined) faults.push('STRIPE_SECRET_KEY needs STRIPE_WEBHOOK_SECRETS');
  // The default of an account may let a higher plan begin unpaid.
  if (set.STRIPE_PORTAL === undefined && key.includes('_live_'))
    faults.push('STRIPE_MODE=live needs STRIPE_PORTAL (npm run billing:sync prints it)');
  return [...faults, ...priceFaults(prices)];
}

/** Real money is touched only where that was asked for. */
export function modeFaults(set: Variables): string[] {
  const mode = set.STRIPE_MODE ?? (set.NODE_ENV === 'production' ? 'live' : 'test');
  if (mode !== 'live' && mode !== 'test') return []; // the schema says so, without the value
  return set.STRIPE_SECRET_KEY === undefined || set.STRIPE_SECRET_KEY.includes(`_${mode}_`)
    ? []
    : [`STRIPE_SECRET_KEY is a key of another mode than STRIPE_MODE, which is ${mode} here`];
}

function priceFaults(text: string | undefined): string[] {
  if (text === undefined) return ['STRIPE_SECRET_KEY needs STRIPE_PRICES (npm run billing:sync prints it)'];
  try {
    const missing = missingPrices(parsePriceList(text));
    return missing.length === 0 ? [] : [`STRIPE_PRICES lacks ${missing.join(', ')}`];
  } catch {
    return ['STRIPE_PRICES must be plan=price pairs as in .env.example, each plan and price once'];
  }
}
