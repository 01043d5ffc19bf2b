import type Stripe from 'stripe';
import { invalid } from '../kernel/failure.ts';
import type { SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { recurringPrice } from '../subscriptions/item.ts';
import { boundary } from '../subscriptions/period.ts';
import { mergeMetadata } from '../wire/params.ts';
import type { PhaseInput } from './params.ts';

type Phase = Stripe.SubscriptionSchedule.Phase;

/** The phase that a subscription is in by itself: as it stands, to the end of its period. */
export function currentPhase(row: SubscriptionRow): Phase {
  const items = row.items.data.map((item) => phaseItem(item.price.id, item.quantity));
  const start = Math.min(...row.items.data.map((item) => item.current_period_start));
  const end = Math.max(...row.items.data.map((item) => item.current_period_end));
  const discounts = row.discounts.map((discount) => ({ coupon: null, discount, promotion_code: null }));
  const trial_end = row.status === 'trialing' ? row.trial_end : null;
  return { ...blank, currency: row.currency, start_date: start, end_date: end, items, discounts, trial_end };
}

/** The phases asked for, each beginning where the one before ends. */
export function phasesOf(
  world: World,
  row: SubscriptionRow,
  { inputs, start }: { inputs: readonly PhaseInput[]; start: number },
): Phase[] {
  let from = start;
  return inputs.map((input, index) => {
    const asked = typeof input.start_date === 'number' ? input.start_date : from;
    if (index > 0 && asked !== from)
      throw invalid('The phases of a schedule must follow each other without a gap.', {
        param: `phases[${index}][start_date]`,
      });
    const phase = phaseOf(world, { input, index, start: asked, currency: row.currency });
    from = phase.end_date;
    return phase;
  });
}

function phaseOf(
  world: World,
  spec: { input: PhaseInput; index: number; start: number; currency: string },
): Phase {
  const { input, index, start, currency } = spec;
  const items = input.items.map(({ price, quantity }, place) =>
    phaseItem(recurringPrice(world, price, `phases[${index}][items][${place}][price]`).id, quantity),
  );
  return {
    ...blank,
    currency,
    start_date: start,
    end_date: endOf(world, { input, index, start }),
    items,
    discounts: (input.discounts ?? []).map(({ coupon, discount, promotion_code }) => ({
      coupon: coupon ?? null,
      discount: discount ?? null,
      promotion_code: promotion_code ?? null,
    })),
    trial_end: input.trial_end ?? null,
    metadata: mergeMetadata({}, input.metadata),
    proration_behavior: input.proration_behavior ?? 'create_prorations',
  };
}

/** An explicit end, a duration, or one interval of the first price. */
function endOf(
  world: World,
  { input, index, start }: { input: PhaseInput; index: number; start: number },
): number {
  if (input.end_date !== undefined) {
    if (input.end_date > start) return input.end_date;
    throw invalid('The end of a phase must come after its start.', { param: `phases[${index}][end_date]` });
  }
  const recurring = world.prices.find(input.items[0]?.price ?? '')?.recurring;
  const length = input.duration ?? recurring ?? { interval: 'month' };
  return boundary(start, { ...month, ...length, interval_count: length.interval_count ?? 1 }, 1);
}

const month = {
  interval: 'month',
  interval_count: 1,
  meter: null,
  trial_period_days: null,
  usage_type: 'licensed',
};

function phaseItem(price: string, quantity: number | undefined): Phase['items'][number] {
  return {
    billing_thresholds: null,
    discounts: [],
    metadata: {},
    plan: price,
    price,
    quantity: quantity ?? 1,
    tax_rates: [],
  };
}

const blank = {
  add_invoice_items: [],
  application_fee_percent: null,
  billing_cycle_anchor: null,
  billing_thresholds: null,
  collection_method: null,
  default_payment_method: null,
  default_tax_rates: [],
  description: null,
  discounts: [],
  invoice_settings: null,
  metadata: {},
  on_behalf_of: null,
  proration_behavior: 'create_prorations',
  transfer_data: null,
  trial_end: null,
} satisfies Omit<Phase, 'currency' | 'start_date' | 'end_date' | 'items'>;
