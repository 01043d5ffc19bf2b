import type Stripe from 'stripe';
import { calling, listAll } from './call.ts';
import { ourMetadata } from './snapshot.ts';
import type { SyncStep } from './sync-step.ts';

type Features = Stripe.BillingPortal.ConfigurationCreateParams.Features;

/**
 * What people may do on Stripe's page: cards, invoices, their own details, and an end with the paid period. A plan is
 * changed through us alone, since there a higher one begins unpaid; a pause is no state that we sell.
 */
const features = {
  customer_update: { enabled: true, allowed_updates: ['address', 'email', 'name', 'phone', 'tax_id'] },
  invoice_history: { enabled: true },
  payment_method_update: { enabled: true },
  subscription_cancel: { enabled: true, mode: 'at_period_end' },
  subscription_pause: { enabled: false },
  subscription_update: { enabled: false },
} as const satisfies Features;

const metadata = { [ourMetadata.portal]: 'true' };

/**
 * The configuration of the portal beside Stripe's, known by its metadata; nothing is changed. Of several the one in use
 * (`configured`) is kept, else the oldest; mending makes it as it must be and takes the others out of use.
 */
export async function comparePortal(stripe: Stripe, configured: string | null): Promise<SyncStep> {
  const { configurations } = stripe.billingPortal;
  const all = await listAll((page) => configurations.list(page));
  const ours = all.filter((one) => one.metadata?.[ourMetadata.portal] === 'true');
  const byAge = ours.toSorted((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1));
  const kept = byAge.find(({ id }) => id === configured) ?? byAge[0];
  const name = 'portal configuration';
  if (kept === undefined) {
    const wanted = { name: 'RepSpheres', features, metadata };
    const mend = (idempotencyKey: string) => configurations.create(wanted, { idempotencyKey });
    return { name, id: null, lacks: 'missing', mend };
  }
  const surplus = ours.filter(({ id, active }) => active && id !== kept.id);
  const lacks = [...differencesOf(kept), ...surplus.map(({ id }) => `beside ${id}`)];
  const mend = async () => {
    for (const { id } of surplus) await calling(() => configurations.update(id, { active: false }));
    return configurations.update(kept.id, { active: true, features });
  };
  return lacks.length === 0
    ? { name, id: kept.id, lacks: null, mend: null }
    : { name, id: kept.id, lacks: lacks.join(', '), mend };
}

/** In what a configuration differs from ours, by feature; what we do not say is left to Stripe. */
function differencesOf({ active, features: held }: Stripe.BillingPortal.Configuration): string[] {
  const names = Object.keys(features) as (keyof typeof features)[];
  const differing = names.filter((name) => {
    const has: Readonly<Record<string, unknown>> = { ...held[name] };
    return Object.entries(features[name]).some(([key, wanted]) => textOf(has[key]) !== textOf(wanted));
  });
  return [...(active ? [] : ['out of use']), ...differing.map((name) => `another ${name}`)];
}

/** Lists of the portal have no order. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(String).toSorted().join() : String(value);
}
