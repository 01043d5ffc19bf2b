import { z } from 'zod';
import { appIds } from '../../core/apps.ts';
import { addOns, type BillingCycle, billingCycles, limitNames } from '../../core/plans.ts';
import { TierInput, tiers } from '../../core/tiers.ts';

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

const backTo = (when: string) =>
  z.url().max(500).describe(`Where the browser goes ${when}; an address of our apps.`);
const cycle = z.enum(billingCycles);
const planFields = {
  tier: TierInput.refine((tier) => tier !== 'repx0', 'is free: cancel instead'),
  cycle: cycle.optional().describe('Another name of `billingCycle`.'),
};
const namesOneCycle = (given: {
  billingCycle?: BillingCycle | undefined;
  cycle?: BillingCycle | undefined;
}) => given.cycle === undefined || given.billingCycle === undefined || given.cycle === given.billingCycle;
const twoCycles = { path: ['cycle'], error: 'differs from billingCycle' };

export const CheckoutInput = z
  .object({
    ...planFields,
    billingCycle: cycle.optional().describe('Monthly unless told.'),
    successUrl: backTo('after the payment'),
    cancelUrl: backTo('without one'),
  })
  .refine(namesOneCycle, twoCycles);

export const BuyAddOnInput = z.object({
  addOn: z.enum(Object.keys(addOns) as (keyof typeof addOns)[]),
  quantity: z.int().min(1).max(10_000).describe('Units to buy; refused where the plan has no limit of them.'),
  successUrl: backTo('after the payment'),
  cancelUrl: backTo('without one'),
});

export const Checkout = z
  .object({ sessionId: z.string(), url: z.url().describe('Send the browser there.') })
  .meta({ id: 'Checkout' });

export const PortalInput = z.object({ returnUrl: backTo('afterwards') });
export const Portal = z.object({ url: z.url() }).meta({ id: 'Portal' });

export const SubscriptionView = z
  .object({
    tier: z.enum(tiers).describe('What your organisation has now.'),
    status: z.string().describe('As the payment service says it.'),
    billingCycle: cycle.nullable(),
    currentPeriodEnd: z.iso.datetime().nullable(),
    cancelAtPeriodEnd: z.boolean(),
    cancelAt: z.iso.datetime().nullable(),
    updatePending: z.boolean().describe('A change waits for its payment; the old plan holds until then.'),
    changePlanned: z.boolean().describe('Another plan begins with the next period.'),
  })
  .meta({ id: 'BillingSubscription' });
export type SubscriptionView = z.output<typeof SubscriptionView>;

const effect = z
  .enum(['now', 'at-period-end'])
  .describe('More begins now and is charged now; less begins with the next period.');

export const MovePreview = z
  .object({
    effect,
    dueNow: Price,
    lines: z.array(
      z.object({ description: z.string(), amount: z.int().describe('US cents; credits below zero.') }),
    ),
    prorationDate: z.iso.datetime().nullable(),
    effectiveAt: z.iso.datetime().nullable().describe('When it begins; null is at once.'),
  })
  .meta({ id: 'PlanChangePreview' });

const planMove = z.object({
  ...planFields,
  billingCycle: cycle.optional().describe('As it is now unless told.'),
  prorationDate: z.iso.datetime().nullish().describe('As a preview named it, at most 15 minutes ago.'),
});
export const PlanMoveInput = planMove.refine(namesOneCycle, twoCycles);
export const PlanChangeInput = planMove
  .extend({
    expected: MovePreview.pick({ effect: true, dueNow: true })
      .optional()
      .describe(
        'Of the preview, together with its `prorationDate`: what is charged is then exactly what was shown, or nothing is changed.',
      ),
  })
  .refine(namesOneCycle, twoCycles);

export const PlanMoved = z.object({ effect, subscription: SubscriptionView }).meta({ id: 'PlanChanged' });

export const InvoicesInput = z
  .object({
    limit: z.int().min(1).max(100).default(25),
    after: z.string().min(1).max(100).optional().describe('The `nextCursor` of the page before.'),
  })
  .prefault({});
export const Invoices = z
  .object({
    items: z.array(
      z
        .object({
          id: z.string(),
          date: z.iso.datetime(),
          description: z.string(),
          amount: z.int().describe('US cents.'),
          status: z.string(),
          invoice_url: z.url().nullable(),
        })
        .meta({ id: 'Invoice' }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'Invoices' });
