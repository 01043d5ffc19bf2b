import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { count, ne } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { billingEvents } from '../../../db/schema/billing.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { startBenchPostgres } from '../../bench/postgres.ts';
import { databaseAt } from '../../support/database.ts';
import { openAccount } from './account.ts';
import { killServers } from './kill.ts';
import { openDoor } from './open-door.ts';
import { outage } from './outage.ts';
import { storm } from './storm.ts';
import { post, type Telling } from './tell.ts';
import { faultsOf } from './verdict.ts';

/**
 * `npm run sim:webhooks -- kills|storm|outage --events 1000`: what may happen to deliveries on their way into real servers with
 * durable Postgres. `kills`: SIGKILL after they are stored and before they are answered, `--each` with one kill. `storm`: five
 * copies at once to three servers. `outage`: the database goes away. In the end rows, rights and effects are held against the
 * emulated Stripe; ends with 1 when anything is lost or doubled.
 */
const options = {
  events: { type: 'string', default: '1000' },
  each: { type: 'string', default: '20' },
} as const;

/** How many events a customer's first minutes make, at the least. */
const EVENTS_A_CUSTOMER = 20;
const PATIENCE_MS = 300_000;

interface Place {
  readonly variables: Readonly<Record<string, string>>;
  readonly database: Database;
  readonly each: number;
}

/** Tells all in its way, processes them, and says what was done. */
type Fault = (place: Place, tellings: readonly Telling[]) => Promise<string>;

const faults: Readonly<Record<string, Fault>> = {
  async kills({ variables, database, each }, tellings) {
    const { kills, unanswered } = await killServers(variables, tellings, each);
    const { child } = await openDoor(variables, { jobs: true });
    await untilProcessed(database);
    await child.stop();
    return `${kills} servers killed with ${unanswered} deliveries stored and not answered`;
  },
  async storm({ variables, database }, tellings) {
    const acknowledged = await storm(variables, tellings, () => untilProcessed(database));
    return `${acknowledged} deliveries of ${tellings.length} events acknowledged by three servers`;
  },
  async outage({ variables, database }, tellings) {
    const report = await outage({ variables, database }, tellings, () => untilProcessed(database));
    return `without a database answered: ${JSON.stringify(report.answers)}`;
  },
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const fault = faults[positionals[0] ?? ''];
  const [events, each] = [Number(values.events), Number(values.each)];
  const areCounts = [events, each].every((number) => Number.isInteger(number) && number > 0);
  if (fault === undefined || !areCounts) {
    console.error('Usage: npm run sim:webhooks -- kills|storm|outage [--events 1000] [--each 20]');
    return 2;
  }
  await using postgres = await startBenchPostgres();
  await using opened = databaseAt(postgres.url);
  const { database } = opened;
  await using account = await openAccount(database, Math.ceil(events / EVENTS_A_CUSTOMER));
  const { emulator } = account.listening;
  const tellings = emulator.webhooks.waiting.map(
    (delivery): Telling => ({
      id: delivery.event.id,
      request: () => emulator.webhooks.requestOf(delivery),
    }),
  );
  const variables = { ...account.variables, DATABASE_URL: postgres.url };
  const began = performance.now();
  // What is above the number is told in peace first: without it the customers would not be whole.
  await tellInPeace(variables, tellings.slice(events));
  const told = tellings.slice(0, events);
  const said = await fault({ variables, database, each }, told);
  console.log(`${said}, in ${Math.round((performance.now() - began) / 1000)} s`);
  const ids = tellings.map(({ id }) => id);
  const wrong = await faultsOf(database, emulator, { told: ids, expected: account.expected });
  for (const one of wrong.slice(0, 20)) console.log(`  WRONG  ${one}`);
  console.log(`${ids.length} events and ${account.expected.length} customers: ${wrong.length} wrong`);
  return wrong.length === 0 ? 0 : 1;
}

async function tellInPeace(
  variables: Readonly<Record<string, string>>,
  tellings: readonly Telling[],
): Promise<void> {
  const { child, url } = await openDoor(variables, { jobs: false });
  for (const telling of tellings) await post(url, telling);
  await child.stop();
}

async function untilProcessed(database: Database): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(100)) {
    const [row] = await withSystemScope(database, 'read', ({ db }) =>
      db.select({ left: count() }).from(billingEvents).where(ne(billingEvents.state, 'done')),
    );
    if (row?.left === 0) return;
  }
}

const code = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  return 1;
});
// Servers that a failure left behind end with this process.
process.exit(code);
