import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { count, ne } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { billingEvents } from '../../../db/schema/billing.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { startBenchPostgres } from '../../bench/postgres.ts';
import { testBackend } from '../../support/backend.ts';
import { databaseAt } from '../../support/database.ts';
import { openAccount } from './account.ts';
import { killServers, type Telling } from './kill.ts';
import { faultsOf } from './verdict.ts';

/**
 * `npm run sim:webhook-kills -- --deliveries 1000 --each 20`: servers are killed with SIGKILL after they stored a delivery for
 * good and before they answered it, `each` deliveries with one kill; `--each 1` kills one server for every delivery. Then
 * all is processed, and rows, rights and effects are held against the emulated Stripe. Ends with 1 when anything is lost.
 */
const { values } = parseArgs({
  options: {
    deliveries: { type: 'string', default: '1000' },
    each: { type: 'string', default: '20' },
  },
});

/** How many deliveries a customer's first minutes make, at the least. */
const DELIVERIES_A_CUSTOMER = 9;
const PATIENCE_MS = 180_000;

async function main(): Promise<void> {
  const [deliveries, each] = [Number(values.deliveries), Number(values.each)];
  if (![deliveries, each].every((number) => Number.isInteger(number) && number > 0)) {
    console.error('--deliveries and --each are whole numbers from 1.');
    process.exitCode = 2;
    return;
  }
  await using postgres = await startBenchPostgres();
  await using opened = databaseAt(postgres.url);
  const { database } = opened;
  await using account = await openAccount(database, Math.ceil(deliveries / DELIVERIES_A_CUSTOMER));
  const { emulator } = account.listening;
  const { webhooks } = emulator;
  const waiting = webhooks.waiting.slice(0, deliveries);
  // Those that are left are told in the end, without a kill: what they tell of must be known, too.
  const rest = webhooks.waiting.slice(deliveries);
  const telling = (delivery: (typeof waiting)[number]): Telling => ({
    id: delivery.event.id,
    request: () => webhooks.requestOf(delivery),
  });
  const variables = { ...account.variables, DATABASE_URL: postgres.url };
  const began = performance.now();
  const { kills, unanswered } = await killServers(variables, waiting.map(telling), each);
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(
    `${kills} servers killed with ${unanswered} deliveries stored and not answered, in ${seconds} s`,
  );
  const server = await testBackend(account.variables, { database: Promise.resolve(database) });
  for (const delivery of rest)
    await server.backend.http.request('/webhooks/stripe', {
      method: 'POST',
      ...webhooks.requestOf(delivery),
    });
  await server.backend.jobs.start();
  await untilProcessed(database);
  await server[Symbol.asyncDispose]();
  const told = waiting.map(({ event }) => event.id);
  const faults = await faultsOf(database, emulator, { told, expected: account.expected });
  for (const fault of faults.slice(0, 20)) console.log(`  WRONG  ${fault}`);
  console.log(`${told.length} deliveries and ${account.expected.length} customers: ${faults.length} wrong`);
  if (faults.length > 0) process.exitCode = 1;
}

async function untilProcessed(database: Database): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(100)) {
    const [row] = await withSystemScope(database, 'read', ({ db }) =>
      db.select({ left: count() }).from(billingEvents).where(ne(billingEvents.state, 'done')),
    );
    if (row?.left === 0) return;
  }
}

await main();
