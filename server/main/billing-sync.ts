import { parseArgs } from 'node:util';
import {
  compareCatalogue,
  completeCatalogue,
  priceListOf,
} from '../integrations/payments/stripe/catalogue.ts';
import { parsePriceList } from '../integrations/payments/stripe/price-list.ts';
import { loadStripe } from '../integrations/payments/stripe/stripe.ts';
import { syncEnvironmentSchema } from './billing-config.ts';
import { ConfigError, loadVariables } from './config.ts';

// `npm run billing:sync` says what the plans lack at Stripe; with `-- --apply` it makes it.
const { values } = parseArgs({ options: { apply: { type: 'boolean', default: false } } });

async function sync(): Promise<void> {
  const env = loadVariables(syncEnvironmentSchema);
  const { stripe } = await loadStripe({
    secretKey: env.STRIPE_SECRET_KEY,
    webhookSecrets: [],
    prices: parsePriceList(''),
    baseUrl: env.STRIPE_BASE_URL ?? null,
  });
  const compared = await compareCatalogue(stripe);
  const steps = values.apply ? await completeCatalogue(stripe, compared) : compared;
  for (const { plan, priceId, change } of steps) {
    const missing = values.apply ? 'made' : 'missing';
    console.log(`${plan.tier} ${plan.cycle}: ${change === 'none' ? 'there' : missing} ${priceId ?? ''}`);
  }
  const list = priceListOf(steps);
  console.log(list === null ? 'Run it with -- --apply to make what is missing.' : `STRIPE_PRICES=${list}`);
}

await sync().catch((error: unknown) => {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
