import { parseArgs } from 'node:util';
import { startBenchPostgres } from '../../bench/postgres.ts';
import { seededRandom } from '../../runs/log-harness/random.ts';
import { databaseAt } from '../../support/database.ts';
import { stripeBackend } from '../stripe-backend.ts';
import { races } from './races.ts';
import { type Raced, runRace } from './run-race.ts';

/**
 * `npm run sim:checkout-races -- --races 1000 --seed 1`: two tabs, double clicks and changes that meet a purchase, through our
 * own operations; what happened is told doubled and out of order. Ends with 1 where anybody has two subscriptions, or paid for two.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { races: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
  });
  const [wanted, seed] = [Number(values.races), Number(values.seed)];
  if (!Number.isInteger(wanted) || wanted < 1 || !Number.isInteger(seed)) {
    console.error('--races is a whole number from 1, --seed a whole number.');
    return 2;
  }
  await using postgres = await startBenchPostgres();
  await using opened = databaseAt(postgres.url);
  await using it = await stripeBackend({}, { database: Promise.resolve(opened.database) });
  const dice = seededRandom(seed).next;
  const kinds = Object.entries(races);
  let [wrong, surplus] = [0, 0];
  for (let index = 0; index < wanted; index += 1) {
    const [name = '', race] = kinds[index % kinds.length] ?? [];
    if (race === undefined) throw new Error('there are no races');
    const raced = await runRace(it, race, dice).catch(broken);
    const { faults } = raced;
    surplus += raced.surplus;
    wrong += faults.length === 0 ? 0 : 1;
    for (const fault of faults) console.log(`  WRONG  race ${index}, ${name}: ${fault}`);
  }
  console.log(
    `${wanted} races, seed ${seed}: ${surplus} second subscriptions were made and ended, ${wrong} wrong`,
  );
  return wrong === 0 ? 0 : 1;
}

/** A race that could not be run to its end is wrong, too. */
function broken(error: unknown): Raced {
  return { surplus: 0, faults: [error instanceof Error ? error.message : String(error)] };
}

process.exitCode = await main();
