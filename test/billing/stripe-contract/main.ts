import Stripe from 'stripe';
import { emulatedStage } from './emulated.ts';
import { scenarios } from './scenarios.ts';
import type { Stage } from './stage.ts';

/**
 * `node test/billing/stripe-contract/main.ts`: plays the scenarios on Stripe's test mode where STRIPE_TEST_KEY is set,
 * else on the emulator, and says which. One after the other, as test mode allows few requests a second.
 */
const key = process.env.STRIPE_TEST_KEY;

if (key !== undefined && !/^(sk|rk)_test_/.test(key)) {
  console.error('STRIPE_TEST_KEY is not a key of test mode (sk_test_… or rk_test_…); nothing was sent.');
  process.exit(2);
}

function stage(): Stage {
  if (key === undefined) return emulatedStage();
  const run = `contract${Date.now()}`;
  return {
    stripe: new Stripe(key, { maxNetworkRetries: 2 }),
    run,
    lookEveryMs: 2_000,
    metersCount: async () => {},
  };
}

console.log(
  key === undefined
    ? 'On the emulator. No STRIPE_TEST_KEY is set: nothing here says how Stripe itself behaves.'
    : "On Stripe's test mode.",
);
let failed = 0;
for (const { name, play } of scenarios) {
  try {
    await play(stage());
    console.log(`  holds   ${name}`);
  } catch (cause) {
    failed += 1;
    console.log(`  FAILS   ${name}\n          ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
console.log(`${scenarios.length - failed} of ${scenarios.length} hold.`);
process.exitCode = failed === 0 ? 0 : 1;
