import { parseArgs } from 'node:util';
import {
  comparePrices,
  compareProducts,
  priceListOf,
  unknownPrices,
} from '../integrations/payments/stripe/catalogue.ts';
import { compareMeters } from '../integrations/payments/stripe/meters.ts';
import { comparePortal } from '../integrations/payments/stripe/portal.ts';
import { parsePriceList } from '../integrations/payments/stripe/price-list.ts';
import { loadStripe } from '../integrations/payments/stripe/stripe.ts';
import { mendSteps, type SyncStep } from '../integrations/payments/stripe/sync-step.ts';
import { meterEventNames } from '../modules/usage/export/export.rules.ts';
import { modeFaults, syncEnvironmentSchema } from './billing-config.ts';
import { loadVariables } from './config.ts';
import { stripeFault } from './stripe-fault.ts';

// `npm run billing:sync` says what products, prices, meters and the portal lack at Stripe; with `-- --apply` it makes it. Ends with 0 when
// nothing is lacking (any more), 1 when something is, 2 when it could not be looked at.
async function sync(): Promise<number> {
  const { values } = parseArgs({ options: { apply: { type: 'boolean', default: false } } });
  const env = loadVariables(syncEnvironmentSchema, modeFaults);
  const configured = parsePriceList(env.STRIPE_PRICES ?? '');
  const { stripe } = await loadStripe({
    secretKey: env.STRIPE_SECRET_KEY,
    webhookSecrets: [],
    prices: configured,
    baseUrl: env.STRIPE_BASE_URL ?? null,
  });
  const mode = env.STRIPE_SECRET_KEY.includes('_live_') ? 'live mode' : 'test mode';
  console.log(`Stripe's ${mode}${values.apply ? '' : '; nothing is changed'}`);
  const handle = async <T extends SyncStep>(compared: T[]): Promise<T[]> => {
    const steps = values.apply ? await mendSteps(compared) : compared;
    steps.forEach((step, index) => {
      console.log(lineOf(step, compared[index]?.lacks ?? null));
    });
    return steps;
  };
  const products = await handle(await compareProducts(stripe));
  const prices = await handle(await comparePrices(stripe, configured));
  const strangers = await unknownPrices(stripe, configured);
  for (const id of strangers) console.log(`STRIPE_PRICES names ${id}, which Stripe does not have: left out`);
  const meters = await handle(await compareMeters(stripe, Object.values(meterEventNames)));
  const portals = await handle([await comparePortal(stripe, env.STRIPE_PORTAL ?? null)]);
  const list = priceListOf(prices, strangers);
  if (list !== null) console.log(`STRIPE_PRICES=${list}`);
  for (const { id } of portals) if (id !== null) console.log(`STRIPE_PORTAL=${id}`);
  const isOther = env.STRIPE_PORTAL !== undefined && portals.every(({ id }) => id !== env.STRIPE_PORTAL);
  if (isOther) console.log(`STRIPE_PORTAL names ${env.STRIPE_PORTAL}, which is not ours`);
  const lacking = [...products, ...prices, ...meters, ...portals].filter(({ lacks }) => lacks !== null);
  if (lacking.length + strangers.length === 0 && !isOther) return 0;
  if (!values.apply && lacking.length > 0) console.log('Run it with -- --apply to make what is missing.');
  return 1;
}

function lineOf({ name, id, lacks }: SyncStep, before: string | null): string {
  const state = lacks ?? (before === null ? 'there' : `${before}: made`);
  return `${name}: ${state}${lacks === null && id !== null ? ` ${id}` : ''}`;
}

/** One line for a person: what is wrong with the call, the configuration, or with what Stripe said. */
function reasonOf(error: unknown): string {
  return stripeFault(error)?.text ?? (error instanceof Error ? error.message : String(error));
}

process.exitCode = await sync().catch((error: unknown) => {
  console.error(reasonOf(error));
  return 2;
});
