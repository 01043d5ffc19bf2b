import { z } from 'zod';
import type { BillingSettings } from '../core/ports.ts';

const httpUrl = z.url({ protocol: /^https?$/ });
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

/** The variables of billing. */
export const billingVariables = {
  BILLING_UPGRADE_PAGE: httpUrl.optional(),
  BILLING_RETURN_URLS: list.optional(),
};

const environment = z.object(billingVariables);

/** Where billing sends people; by default to the first of the frontends, and back to any of them. */
export function billingSettings(
  env: z.output<typeof environment>,
  origins: readonly string[],
): BillingSettings {
  const [first = 'http://localhost:3000'] = origins;
  return {
    upgradePage: env.BILLING_UPGRADE_PAGE ?? `${first}/pricing`,
    returnUrls: env.BILLING_RETURN_URLS ?? origins,
  };
}
