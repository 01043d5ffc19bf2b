import type Stripe from 'stripe';
import { z } from 'zod';
import { invalid } from '../kernel/failure.ts';
import type { World } from '../kernel/world.ts';
import { params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { defaultConfiguration, portalConfigurationRoutes } from './configuration.ts';

const flow = z.strictObject({
  type: z.enum(['payment_method_update', 'subscription_cancel', 'subscription_update', 'subscription_pause']),
  subscription_cancel: z.strictObject({ subscription: text }).optional(),
  subscription_pause: z.strictObject({ subscription: text }).optional(),
  subscription_update: z.strictObject({ subscription: text }).optional(),
});
const Create = params({
  configuration: text.optional(),
  customer: text,
  flow_data: flow.optional(),
  locale: text.optional(),
  return_url: z
    .string()
    .regex(/^https?:\/\//, 'Not a valid URL')
    .optional(),
});

/** Opens the portal to a customer; what they do there is `Person`'s. */
function createPortalSession(world: World, input: z.output<typeof Create>): Stripe.BillingPortal.Session {
  const customer = world.customers.get(input.customer, 'customer');
  const configuration =
    input.configuration === undefined
      ? defaultConfiguration(world)
      : world.portalConfigurations.get(input.configuration, 'configuration');
  if (!configuration.active)
    throw invalid('This billing portal configuration is inactive.', { param: 'configuration' });
  const id = world.ids.next('bps');
  const row = {
    id,
    object: 'billing_portal.session',
    configuration: configuration.id,
    created: world.time.now,
    customer: customer.id,
    customer_account: null,
    flow: input.flow_data === undefined ? null : flowOf(world, input.flow_data),
    livemode: false,
    locale: input.locale ?? null,
    on_behalf_of: null,
    return_url: input.return_url ?? null,
    url: `https://billing.stripe.com/p/session/${id}`,
  } satisfies Stripe.BillingPortal.Session;
  world.portalSessions.add(row);
  world.emit('billing_portal.session.created', row);
  return row;
}

function flowOf(world: World, input: z.output<typeof flow>): Stripe.BillingPortal.Session.Flow {
  const named = (part: { subscription: string } | undefined) =>
    part === undefined ? null : { subscription: world.subscriptions.get(part.subscription, 'flow_data').id };
  const cancel = named(input.subscription_cancel);
  return {
    after_completion: { hosted_confirmation: null, redirect: null, type: 'portal_homepage' },
    customer_update: null,
    subscription_cancel: cancel && { ...cancel, retention: null },
    subscription_pause: named(input.subscription_pause),
    subscription_update: named(input.subscription_update),
    subscription_update_confirm: null,
    type: input.type,
  };
}

/** What the portal offers a customer: by the session that was opened last, else as the account has it. */
export function portalOf(world: World, customer: string): Stripe.BillingPortal.Configuration {
  const last = world.portalSessions.where((row) => row.customer === customer).at(-1);
  // Safe: `createPortalSession` keeps ids alone.
  const id = last?.configuration as string | undefined;
  return id === undefined ? defaultConfiguration(world) : world.portalConfigurations.get(id);
}

export const portalRoutes = [
  route('POST /v1/billing_portal/sessions', Create, createPortalSession),
  ...portalConfigurationRoutes,
];
