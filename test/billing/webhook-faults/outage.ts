import { setTimeout as sleep } from 'node:timers/promises';
import { inArray } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { billingEvents } from '../../../db/schema/billing.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { type FaultMode, startFaultProxy } from '../../support/fault-proxy.ts';
import { openDoor } from './open-door.ts';
import { inTurns, post, type Telling } from './tell.ts';

const WIDTH = 8;
const faults: readonly FaultMode[] = ['reset', 'refuse', 'blackhole'];

export interface OutageReport {
  /** Deliveries while the database was away, by the status of their answers. */
  readonly answers: Readonly<Record<string, number>>;
}

/**
 * Takes the database away from a server at work, three times in different ways (F55), and tells it more: each delivery must be
 * answered 5xx and leave nothing. Then it is told all again, as Stripe does, and left to `settle`.
 */
export async function outage(
  at: { readonly variables: Readonly<Record<string, string>>; readonly database: Database },
  tellings: readonly Telling[],
  settle: () => Promise<void>,
): Promise<OutageReport> {
  const url = new URL(at.variables.DATABASE_URL ?? '');
  await using proxy = await startFaultProxy(Number(url.port));
  url.port = String(proxy.port);
  const { child, url: door } = await openDoor({ ...at.variables, DATABASE_URL: url.href }, { jobs: true });
  const answers: Record<string, number> = {};
  try {
    const part = Math.ceil(tellings.length / (2 * faults.length));
    for (const [turn, fault] of faults.entries()) {
      const from = 2 * turn * part;
      const lost = tellings.slice(from + part, from + 2 * part);
      await tell(door, tellings.slice(from, from + part));
      proxy.mode = fault;
      await inTurns(lost, WIDTH, async (telling) => {
        const status = String(await post(door, telling));
        answers[status] = (answers[status] ?? 0) + 1;
      });
      await expectNothingOf(at.database, lost);
      proxy.mode = 'pass';
      await sleep(1_000);
      await tell(door, lost);
    }
    const wrong = Object.keys(answers).find((status) => !/^5\d\d$/.test(status));
    if (wrong !== undefined) throw new Error(`without a database a delivery was answered ${wrong}`);
    await settle();
    return { answers };
  } finally {
    await child.stop();
  }
}

/** Tells each until it is taken: the server's connections come back one after the other. */
async function tell(door: string, tellings: readonly Telling[]): Promise<void> {
  await inTurns(tellings, WIDTH, async (telling) => {
    for (let attempt = 1; (await post(door, telling)) !== 200; attempt += 1) {
      if (attempt === 20) throw new Error(`${telling.id} is not taken with the database back`);
      await sleep(500);
    }
  });
}

async function expectNothingOf(database: Database, tellings: readonly Telling[]): Promise<void> {
  const ids = tellings.map(({ id }) => id);
  const rows = await withSystemScope(database, 'read', ({ db }) =>
    db.select({ id: billingEvents.id }).from(billingEvents).where(inArray(billingEvents.id, ids)),
  );
  if (rows.length > 0) throw new Error(`${rows[0]?.id} is stored and was not acknowledged`);
}
