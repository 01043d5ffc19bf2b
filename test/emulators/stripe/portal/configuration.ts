import type Stripe from 'stripe';
import { z } from 'zod';
import { invalid } from '../kernel/failure.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { bool, listParams, mergeMetadata, metadata, orUnset, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';

type Configuration = Stripe.BillingPortal.Configuration;

const onOff = z.strictObject({ enabled: bool });
const updates = orUnset(z.array(z.enum(['address', 'email', 'name', 'phone', 'shipping', 'tax_id'])));
const Features = z.strictObject({
  customer_update: z.strictObject({ enabled: bool, allowed_updates: updates.optional() }).optional(),
  invoice_history: onOff.optional(),
  payment_method_update: onOff.optional(),
  subscription_cancel: z
    .strictObject({ enabled: bool, mode: z.enum(['at_period_end', 'immediately']).optional() })
    .optional(),
  subscription_pause: onOff.optional(),
  subscription_update: onOff.optional(),
});
const name = orUnset(text).optional();
const Create = params({ features: Features, name, metadata: metadata.optional() });
const Update = params({
  active: bool.optional(),
  features: Features.optional(),
  name,
  metadata: metadata.optional(),
});
const List = listParams({ active: bool.optional(), is_default: bool.optional() });

const DEFAULT = 'bpc_emulated';

/** The configuration of the account: all that the portal can do, each end of a subscription, too. */
export function defaultConfiguration(world: World): Configuration {
  const kept = world.portalConfigurations.find(DEFAULT);
  if (kept !== undefined) return kept;
  const row = blank(world, DEFAULT);
  row.is_default = true;
  row.features.customer_update = { allowed_updates: ['email'], enabled: true };
  row.features.invoice_history.enabled = true;
  row.features.payment_method_update.enabled = true;
  row.features.subscription_cancel.enabled = true;
  row.features.subscription_pause.enabled = true;
  row.features.subscription_update = {
    ...row.features.subscription_update,
    ...{ default_allowed_updates: ['price'], enabled: true, proration_behavior: 'always_invoice' },
  };
  return world.portalConfigurations.add(row);
}

/** Everything off, as in a configuration that names no feature. */
function blank(world: World, id: string): Configuration {
  return {
    id,
    object: 'billing_portal.configuration',
    active: true,
    application: null,
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: world.time.now,
    default_return_url: null,
    features: {
      customer_update: { allowed_updates: [], enabled: false },
      invoice_history: { enabled: false },
      payment_method_update: { enabled: false, payment_method_configuration: null },
      subscription_cancel: {
        cancellation_reason: { enabled: false, feedback_options: null, options: [] },
        enabled: false,
        mode: 'at_period_end',
        proration_behavior: 'none',
      },
      subscription_pause: { duration: { interval_options: [], type: 'indefinite' }, enabled: false },
      subscription_update: {
        billing_cycle_anchor: null,
        default_allowed_updates: [],
        enabled: false,
        proration_behavior: 'none',
        schedule_at_period_end: { conditions: [] },
        trial_update_behavior: 'end_trial',
      },
    },
    is_default: false,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: {},
    name: null,
    updated: world.time.now,
  } satisfies Configuration;
}

function assign(row: Configuration, input: z.output<typeof Update>): void {
  if (input.active === false && row.is_default)
    throw invalid('You cannot deactivate the default configuration.', { param: 'active' });
  row.active = input.active ?? row.active;
  row.name = input.name === undefined ? row.name : input.name || null;
  row.metadata = mergeMetadata(row.metadata ?? {}, input.metadata);
  const { customer_update: update, subscription_cancel: cancel, ...switches } = input.features ?? {};
  const { features } = row;
  if (update !== undefined) {
    features.customer_update.enabled = update.enabled;
    const { allowed_updates: allowed } = update;
    if (allowed !== undefined) features.customer_update.allowed_updates = allowed === '' ? [] : allowed;
  }
  if (cancel !== undefined) {
    features.subscription_cancel.enabled = cancel.enabled;
    features.subscription_cancel.mode = cancel.mode ?? features.subscription_cancel.mode;
  }
  for (const key of Object.keys(switches) as (keyof typeof switches)[])
    features[key].enabled = switches[key]?.enabled ?? features[key].enabled;
}

export const portalConfigurationRoutes = [
  route('GET /v1/billing_portal/configurations', List, (world, input) => {
    defaultConfiguration(world);
    const { active, is_default: isDefault } = input;
    const rows = world.portalConfigurations.where(
      (row) => row.active === (active ?? row.active) && row.is_default === (isDefault ?? row.is_default),
    );
    return page('/v1/billing_portal/configurations', rows, input);
  }),
  route('POST /v1/billing_portal/configurations', Create, (world, input) => {
    const row = blank(world, world.ids.next('bpc'));
    assign(row, input);
    world.portalConfigurations.add(row);
    world.emit('billing_portal.configuration.created', row);
    return row;
  }),
  route('GET /v1/billing_portal/configurations/:id', params({}), (world, _, [id]) =>
    world.portalConfigurations.get(id),
  ),
  route('POST /v1/billing_portal/configurations/:id', Update, (world, input, [id]) =>
    world.change('billing_portal.configuration.updated', world.portalConfigurations.get(id), (row) => {
      assign(row, input);
      row.updated = world.time.now;
    }),
  ),
];
