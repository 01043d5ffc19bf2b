import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Database } from '../../db/client.ts';
import { databaseTime } from '../../db/queries/time.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { Logger } from '../core/observe.ts';
import { createMetrics } from '../http/metrics.ts';
import type { Payments } from '../integrations/payments/port.ts';
import { stripePayments } from '../integrations/payments/stripe/stripe.ts';
import type { CycleKind, CycleReport } from '../modules/billing/reconcile/cycle.ts';
import { type ReconcileDeps, reconcileStep } from '../modules/billing/reconcile/reconcile.ts';
import type { ExportDeps } from '../modules/usage/export/export-deps.ts';
import { backgroundPace, reconcileDeps } from './billing-operations.ts';
import { loadConfig } from './config.ts';
import { createLogger } from './logger.ts';
import { openConfiguredDatabase } from './open-database.ts';
import { listParked, releaseParked } from './parked-usage.ts';
import { startupFault } from './startup-fault.ts';
import { stripeFault } from './stripe-fault.ts';

// `npm run billing:reconcile` checks every customer against Stripe; `-- --recent` those Stripe spoke of since the last time.
// Ends with 0 when all is as Stripe says, 1 when something waits for a person or the cycle was cut short, 2 when not set up.
// `-- --parked` lists use that waits for a person, `-- --release <id>` tells Stripe what it lacks of one, `-- --credited <id>`
// notes that its customer was credited by hand.
const options = {
  recent: { type: 'boolean', default: false },
  parked: { type: 'boolean', default: false },
  release: { type: 'string' },
  credited: { type: 'string' },
} as const;

const ATTEMPTS = 5;
const WAIT_MS = 5_000;

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  const config = loadConfig();
  if (config.stripe === null) {
    console.error('STRIPE_SECRET_KEY is not set: there is nothing to check against.');
    return 2;
  }
  const payments = stripePayments(config.stripe);
  const logger = createLogger(config);
  const opened = await openConfiguredDatabase(config, () => {});
  try {
    const { database } = opened;
    const ports = { payments, database, logger };
    if (values.parked) return await listParked({ database, livemode: payments.livemode });
    const id = values.release ?? values.credited;
    if (id !== undefined)
      return await releaseParked(exportDeps(ports), { id, credited: values.credited !== undefined });
    const deps = reconcileDeps({ ...ports, metrics: createMetrics() }, backgroundPace(payments));
    return await reconcile(deps, values.recent ? 'recent' : 'full');
  } finally {
    await opened.close();
  }
}

async function reconcile(deps: ReconcileDeps, kind: CycleKind): Promise<number> {
  const report = await runCycle(deps, kind);
  for (const customerId of report?.parked ?? []) console.error(`waits for a person: ${customerId}`);
  return report === null || report.parked.length > 0 ? 1 : 0;
}

interface CommandPorts {
  readonly payments: Payments;
  readonly database: Database;
  readonly logger: Logger;
}

function exportDeps({ payments: { metering, livemode }, database, logger }: CommandPorts): ExportDeps {
  const time = () => withSystemScope(database, 'read', databaseTime);
  return { database, metering, livemode, logger, time };
}

/** Null when the cycle could not be finished. */
async function runCycle(deps: ReconcileDeps, kind: CycleKind): Promise<CycleReport | null> {
  for (let failed = 0; ; ) {
    try {
      const { report, done, needsFull } = await reconcileStep(deps, kind);
      failed = 0;
      console.log(lineOf(report));
      if (done && needsFull) return await runCycle(deps, 'full');
      if (done) return report;
    } catch (error) {
      failed += 1;
      const fault = stripeFault(error);
      console.error(fault?.text ?? startupFault(error));
      if (fault?.isFinal === true) return null;
      if (failed >= ATTEMPTS) {
        console.error('The cycle is not finished. Run the command again: it goes on where it stopped.');
        return null;
      }
      await sleep(WAIT_MS * failed);
    }
  }
}

function lineOf({ kind, checked, drifted, repaired, parked, finishedAt }: CycleReport): string {
  const counts = `checked ${checked}  drifted ${drifted}  repaired ${repaired}  parked ${parked.length}`;
  return `${kind}  ${counts}${finishedAt === null ? '' : `  finished ${finishedAt}`}`;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(stripeFault(error)?.text ?? startupFault(error));
  return 2;
});
