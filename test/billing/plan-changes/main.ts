import { parseArgs } from 'node:util';
import { startBenchPostgres } from '../../bench/postgres.ts';
import { databaseAt } from '../../support/database.ts';
import { emulatedDesk, testModeDesk } from './desk.ts';
import { histories } from './histories.ts';
import { playHistory } from './play.ts';
import { randomHistory } from './random-history.ts';

/**
 * `npm run sim:plans`: two years of each history through our billing, to the cent; `-- --every 6` plays every sixth,
 * `-- --only leap` those of that name, `-- --random 100 --seed 1` so many made by dice. On Stripe's test mode where STRIPE_TEST_KEY is set, else on the emulator; says which.
 */
const { values } = parseArgs({
  options: {
    every: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    random: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
});
const key = process.env.STRIPE_TEST_KEY;

async function main(): Promise<void> {
  if (key !== undefined && !/^(sk|rk)_test_/.test(key))
    return fail('STRIPE_TEST_KEY is not a key of test mode (sk_test_… or rk_test_…); nothing was sent.', 2);
  const [every, random, seed] = [Number(values.every), Number(values.random), Number(values.seed)];
  if (!Number.isInteger(every) || every < 1) return fail('--every is a whole number from 1.', 2);
  if (![random, seed].every((number) => Number.isInteger(number) && number >= 0))
    return fail('--random and --seed are whole numbers.', 2);
  const chosen =
    random > 0
      ? Array.from({ length: random }, (_, index) => randomHistory(seed + index))
      : histories.filter(({ name }, index) => index % every === 0 && name.includes(values.only));
  if (chosen.length === 0) return fail(`No history is called ‘${values.only}’.`, 2);
  console.log(
    key === undefined
      ? 'On the emulator. No STRIPE_TEST_KEY is set: nothing here says how Stripe itself behaves.'
      : "On Stripe's test mode. What only a browser can do there, buying units, is left out.",
  );
  await using postgres = await startBenchPostgres();
  await using opened = databaseAt(postgres.url);
  const database = Promise.resolve(opened.database);
  await using desk = await (key === undefined ? emulatedDesk(database) : testModeDesk(database, key));
  const counts = { compared: 0, failed: 0 };
  for (const history of chosen) {
    try {
      counts.compared += await playHistory(desk, history);
      console.log(`  holds   ${history.name}`);
    } catch (cause) {
      counts.failed += 1;
      console.log(`  FAILS   ${history.name}\n${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  console.log(
    `${chosen.length - counts.failed} of ${chosen.length} hold; compared ${counts.compared} times.`,
  );
  if (counts.failed > 0) process.exitCode = 1;
}

function fail(text: string, code: number): void {
  console.error(text);
  process.exitCode = code;
}

await main();
