import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { count, ne } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import { billingEvents, subscriptions } from '../../db/schema/billing.ts';
import { withSystemScope } from '../../db/tx.ts';
import { databaseAt, testOrganisation } from '../support/database.ts';
import { scratchFolder, startServer } from '../support/server-process.ts';
import { startBenchPostgres } from './postgres.ts';
import { Child } from './sockets/child.ts';
import { type Delivered, deliver } from './webhooks/deliver.ts';
import type { OpenedStripe } from './webhooks/stripe.ts';

export interface WebhookRow extends Delivered {
  readonly perSecond: number;
  /** Deliveries of which one was told before. */
  readonly repeated: number;
  /** Events stored that are not done in the end, and customers whose subscription is not known in the end. */
  readonly unprocessed: number;
  readonly unknown: number;
  /** Seconds from the last delivery until all were processed. */
  readonly drainS: number;
  readonly stripeRequests: number;
  readonly load: number;
}

const CUSTOMERS = 500;
const CONNECTIONS = 64;
/** Every 21st delivery is one that was told before. */
const REPEATED = 21;
const PATIENCE_MS = 300_000;

/**
 * Signed deliveries at a fixed pace, as from Stripe, to a server of its own process with durable Postgres and its jobs
 * running, which ask an emulated Stripe in a third process. Floor: acknowledged at p99 <= 100 ms, all processed in the end.
 */
export async function benchWebhooks({ perSecond = 200, seconds = 20 } = {}): Promise<WebhookRow> {
  await using postgres = await startBenchPostgres();
  await using opened = databaseAt(postgres.url);
  const { database } = opened;
  const account = new Child(new URL('./webhooks/stripe.ts', import.meta.url), []);
  try {
    const orgIds: string[] = [];
    for (let made = 0; made < CUSTOMERS; made += 1)
      orgIds.push((await testOrganisation(database, { tier: 'repx0' })).orgId);
    const stripe = await account.ask<OpenedStripe>('open', { orgIds });
    using data = scratchFolder();
    await using server = await startServer({
      DATABASE_URL: postgres.url,
      DATA_DIR: data.path,
      LOG_LEVEL: 'error',
      STRIPE_SECRET_KEY: stripe.secretKey,
      STRIPE_WEBHOOK_SECRETS: stripe.secret,
      STRIPE_PRICES: stripe.prices,
      STRIPE_BASE_URL: `http://127.0.0.1:${stripe.port}`,
    });
    const to = { url: `${server.url}/webhooks/stripe`, secret: stripe.secret, connections: CONNECTIONS };
    await deliver({ ...to, perSecond: 50, bodies: told(stripe.bodies, { from: 0, count: 250 }) });
    await untilProcessed(database);
    const bodies = told(stripe.bodies, { from: 250, count: perSecond * seconds });
    const delivered = await deliver({ ...to, perSecond, bodies });
    const since = performance.now();
    const unprocessed = await untilProcessed(database);
    return {
      ...{ perSecond, ...delivered, repeated: bodies.length - new Set(bodies).size, unprocessed },
      unknown: CUSTOMERS - (await known(database)),
      drainS: Math.round((performance.now() - since) / 100) / 10,
      stripeRequests: await account.ask<number>('requests'),
      load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    };
  } finally {
    await account.stop();
  }
}

/** So many events, each of an id of its own but for those told again. */
function told(bodies: readonly string[], { from, count }: { from: number; count: number }): string[] {
  const made: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const before = made[index - 10];
    if (index % REPEATED === REPEATED - 1 && before !== undefined) made.push(before);
    else {
      const body = bodies[(from + index) % bodies.length] ?? '';
      made.push(body.replace(/"id": "evt_[^"]+"/, `"id": "evt_bench_${from + index}"`));
    }
  }
  return made;
}

/** How many events are left when all are done, or patience is. */
async function untilProcessed(database: Database): Promise<number> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(200)) {
    const [row] = await withSystemScope(database, 'read', ({ db }) =>
      db.select({ left: count() }).from(billingEvents).where(ne(billingEvents.state, 'done')),
    );
    if (row?.left === 0 || performance.now() > deadline) return row?.left ?? Number.NaN;
  }
}

async function known(database: Database): Promise<number> {
  const [row] = await withSystemScope(database, 'read', ({ db }) =>
    db.select({ rows: count() }).from(subscriptions),
  );
  return row?.rows ?? 0;
}

if (import.meta.main) console.table([await benchWebhooks()]);
