import { openDatabase } from '../../../db/client.ts';
import { silentLogger } from '../../../server/core/observe.ts';
import { createMetrics } from '../../../server/http/metrics.ts';
import { createPace } from '../../../server/integrations/payments/pace.ts';
import { parsePriceList } from '../../../server/integrations/payments/stripe/price-list.ts';
import { stripePayments } from '../../../server/integrations/payments/stripe/stripe.ts';
import { reconcileDeps } from '../../../server/main/billing-operations.ts';
import { type ReconcileDeps, reconcileStep } from '../../../server/modules/billing/reconcile/reconcile.ts';
import { answer } from '../sockets/child.ts';

/**
 * The reconciler in a process of its own, at the pace it keeps with Stripe's live mode. Waiting for its turn is not slept but
 * added to its clock, so that an hour of it takes minutes and the pace is still the one that is measured.
 */
let skippedMs = 0;
let deps: ReconcileDeps | null = null;
const turns: number[] = [];

const now = () => performance.now() + skippedMs;

interface Opening {
  readonly databaseUrl: string;
  readonly stripe: { readonly secretKey: string; readonly prices: string; readonly baseUrl: string };
  readonly perSecond: number;
}

function open({ databaseUrl, stripe, perSecond }: Opening): void {
  const pool = { poolSize: 4, slowPoolSize: 1, prepare: true, applicationName: 'bench-reconcile' };
  const skip = async (ms: number) => {
    skippedMs += ms;
  };
  const pace = createPace(perSecond, skip, now);
  const counted = {
    ...pace,
    async turn() {
      await pace.turn();
      turns.push(now());
    },
  };
  const { secretKey, baseUrl } = stripe;
  const prices = parsePriceList(stripe.prices);
  const payments = stripePayments({ secretKey, webhookSecrets: [], prices, baseUrl });
  const database = openDatabase({ url: databaseUrl, ...pool });
  deps = reconcileDeps({ payments, database, logger: silentLogger, metrics: createMetrics() }, counted);
}

async function step() {
  if (deps === null) throw new Error('not open');
  return reconcileStep(deps, 'full');
}

/** The most turns that began within any second, and how long all took by the worker's clock. */
function paceOf() {
  let [busiest, from] = [0, 0];
  for (const [index, at] of turns.entries()) {
    // Turns are given 50 ms apart; half of that is left for when the event loop comes to note them.
    while ((turns[from] ?? at) <= at - 975) from += 1;
    busiest = Math.max(busiest, index - from + 1);
  }
  const [first = 0] = turns;
  return { turns: turns.length, busiest, seconds: ((turns.at(-1) ?? first) - first) / 1_000 };
}
export type WorkerPace = ReturnType<typeof paceOf>;

answer({ open, step, pace: paceOf });
