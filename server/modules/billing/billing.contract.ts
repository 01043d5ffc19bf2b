import { z } from 'zod';
import { appIds } from '../../core/apps.ts';
import { limitNames } from '../../core/plans.ts';
import { tiers } from '../../core/tiers.ts';

const Price = z
  .object({ amount: z.int().describe('US cents for one period.'), currency: z.literal('usd') })
  .meta({ id: 'Price' });
const soldTier = z.enum(tiers).exclude(['repx0']);

export const Plan = z
  .object({
    tier: soldTier,
    name: z.string(),
    display: z.string().describe('As the apps print it, e.g. Rep³.'),
    monthly: Price,
    annual: Price,
    features: z.object({
      basic: z.array(z.string()).describe('What the plan includes, in the order to show it.'),
      premium: z.array(z.string()).optional().describe('What sets it above the smaller plans.'),
    }),
    limits: z.record(z.enum(limitNames), z.int().nullable()).describe('Null is unlimited.'),
    apps: z.array(z.enum(appIds)),
    popular: z.boolean(),
  })
  .meta({ id: 'Plan' });
export type Plan = z.output<typeof Plan>;

export const Plans = z
  .object({
    plans: z.array(Plan).describe('Those that are sold, ascending.'),
    byTier: z.record(soldTier, Plan).describe('The same, by tier.'),
    addOns: z.array(z.object({ id: z.string(), name: z.string(), unit: Price.describe('For one unit.') })),
  })
  .meta({ id: 'Plans' });
