import { eq, ne, sql } from 'drizzle-orm';
import postgres from 'postgres';
import { type Database, openDatabase } from '../../../db/client.ts';
import { superuserUrl } from '../../../db/embedded.ts';
import {
  billingCheckouts,
  billingCustomers,
  billingEffects,
  billingEvents,
  entitlements,
  subscriptions,
} from '../../../db/schema/billing.ts';
import { memberships, organisations, users } from '../../../db/schema/identity.ts';
import { outbox } from '../../../db/schema/operations.ts';
import { usageBalances } from '../../../db/schema/usage.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { noteKeeping } from '../../../server/modules/billing/keep-when-paid.ts';
import { postgresNoticeStore } from '../../../server/modules/billing/notices/store.postgres.ts';
import { postgresBillingStore, postgresRightsStore } from '../../../server/modules/billing/store.postgres.ts';
import type { NewOrganisation, OutboxEntry, Place, StoredEvent, StoredOrganisation } from './place.ts';

/** A database of its own in a cluster that has `template_migrated`, with a clock that is set by hand. */
export interface PostgresPlaces extends AsyncDisposable {
  readonly database: Database;
  /** Billing's real stores over the emptied database, by this clock. */
  open(now: () => number): Promise<Place>;
}

/** Every table that billing or `addOrganisation` writes, those that others point to last. */
const written = [
  'billing_events',
  'billing_cursors',
  'outbox',
  'billing_effects',
  'billing_checkouts',
  'subscriptions',
  'billing_customers',
  'entitlements',
  'usage_grants',
  'usage_balances',
  'memberships',
  'organisations',
  'users',
];

export async function openPostgresPlaces(port: number): Promise<PostgresPlaces> {
  const name = `billing_sim_${process.pid}`;
  const admin = postgres(superuserUrl(port), { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database ${name} template template_migrated owner repspheres`);
  const inside = postgres(superuserUrl(port, name), { max: 1, onnotice: () => {} });
  await layClock(inside, name);
  const url = `postgres://repspheres@127.0.0.1:${port}/${name}`;
  const options = { poolSize: 6, slowPoolSize: 1, prepare: true, applicationName: 'sim' };
  const database = openDatabase({ url, ...options });
  return {
    database,
    async open(now) {
      // Deleted rather than truncated: of few rows that is ten times as fast.
      await inside.unsafe(written.map((table) => `delete from ${table};`).join(''));
      return placeIn(database, async () => {
        await inside`update sim.clock set at = ${new Date(now()).toISOString()}::timestamptz`;
      });
    },
    async [Symbol.asyncDispose]() {
      await database.close();
      await inside.end();
      await admin.unsafe(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}

/** Every `now()` of our statements and of the tables' defaults becomes that of a row. */
async function layClock(inside: postgres.Sql, name: string): Promise<void> {
  await inside.unsafe(`
    create schema sim;
    grant usage on schema sim to public;
    create table sim.clock (at timestamptz not null);
    insert into sim.clock values (now());
    grant select on sim.clock to public;
    create function sim.now() returns timestamptz language sql stable as 'select at from sim.clock';
    alter database ${name} set search_path = sim, pg_catalog, public;
    do $$ declare held record; begin
      for held in select table_name, column_name from information_schema.columns
        where table_schema = 'public' and column_default = 'now()'
          and (table_name like 'billing%' or table_name in ('subscriptions', 'entitlements', 'outbox'))
      loop
        execute format('alter table public.%I alter column %I set default sim.now()', held.table_name, held.column_name);
      end loop;
    end $$`);
}

function placeIn(database: Database, setClock: () => Promise<void>): Place {
  const read = <T>(body: (scope: SystemScope) => Promise<T>) => withSystemScope(database, 'read', body);
  const write = <T>(body: (scope: SystemScope) => Promise<T>) => withSystemScope(database, 'write', body);
  const storesOf = (livemode: boolean) => ({
    store: timed(postgresBillingStore(database, livemode), setClock),
    rights: timed(postgresRightsStore(database, livemode), setClock),
    notices: timed(postgresNoticeStore(database, livemode), setClock),
  });
  return {
    ...storesOf(false),
    live: storesOf(true),
    addOrganisation: (organisation) => write((scope) => addOrganisation(scope, organisation)),
    noteCheckout: async ({ orgId, checkoutId, sessionId }) => {
      const purchase = JSON.stringify({ purchase: { kind: 'add-on' } });
      const row = {
        orgId,
        id: checkoutId,
        livemode: false,
        purchase,
        sessionId,
        state: 'open' as const,
      };
      const expiresAt = sql`now() + interval '23 hours'`;
      await write(({ db }) =>
        db
          .insert(billingCheckouts)
          .values({ ...row, expiresAt })
          .onConflictDoUpdate({ target: [billingCheckouts.orgId, billingCheckouts.id], set: { sessionId } }),
      );
    },
    async oweKeeping({ orgId, ...wish }) {
      await setClock();
      await write((scope) => noteKeeping(scope, { orgId, livemode: false }, wish));
    },
    event: (id) =>
      read(async ({ db }): Promise<StoredEvent | null> => {
        const rows = await db.select().from(billingEvents).where(eq(billingEvents.id, id));
        const [row] = rows;
        return row === undefined ? null : { state: row.state, outcome: row.outcome, attempts: row.attempts };
      }),
    unfinished: async () => {
      const open = await read(({ db }) =>
        db.select({ id: billingEvents.id }).from(billingEvents).where(ne(billingEvents.state, 'done')),
      );
      return open.map(({ id }) => id);
    },
    outbox: (): Promise<OutboxEntry[]> =>
      read(({ db }) =>
        db
          .select({ eventId: outbox.eventId, name: outbox.name, data: outbox.data })
          .from(outbox)
          .orderBy(outbox.id),
      ),
    effects: (orgId) =>
      read(({ db }) =>
        db
          .select({
            key: billingEffects.key,
            kind: billingEffects.kind,
            detail: billingEffects.detail,
            done: sql<boolean>`${billingEffects.doneAt} is not null`,
          })
          .from(billingEffects)
          .where(eq(billingEffects.orgId, orgId)),
      ),
    organisation: (orgId) => read((scope) => organisationOf(scope, orgId)),
  };
}

/** The same, with the database's clock set before each call. */
function timed<T extends object>(target: T, setClock: () => Promise<void>): T {
  const members = Object.entries(target).map(([name, call]) => [
    name,
    async (...given: unknown[]) => {
      await setClock();
      return call(...given);
    },
  ]);
  return Object.fromEntries(members) as T;
}

async function addOrganisation(
  scope: SystemScope,
  { orgId, name, contacts }: NewOrganisation,
): Promise<void> {
  const { db } = scope;
  await db.insert(organisations).values({ id: orgId, kind: 'team', name, tier: 'repx0' });
  for (const { userId, email } of contacts) {
    await db.insert(users).values({ id: userId, email, emailVerified: true, displayName: 'Robin Example' });
    await db.insert(memberships).values({ orgId, userId, role: 'owner' });
  }
}

async function organisationOf({ db }: SystemScope, orgId: string): Promise<StoredOrganisation> {
  const [organisation] = await db.select().from(organisations).where(eq(organisations.id, orgId));
  const [rights] = await db.select().from(entitlements).where(eq(entitlements.orgId, orgId));
  const held = await db.select().from(subscriptions).where(eq(subscriptions.orgId, orgId));
  const customers = await db.select().from(billingCustomers).where(eq(billingCustomers.orgId, orgId));
  const balances = await db.select().from(usageBalances).where(eq(usageBalances.orgId, orgId));
  const pages = await db.select().from(billingCheckouts).where(eq(billingCheckouts.orgId, orgId));
  const { tier, access, spend, numbers, reasons, version } = rights ?? {};
  return {
    tier: organisation?.tier ?? '',
    rights:
      rights === undefined
        ? null
        : {
            tier: tier ?? '',
            access: access ?? '',
            spend: spend ?? '',
            numbers: numbers ?? '',
            reasons: reasons ?? [],
            version: version ?? 0,
            expiresAt: rights.expiresAt?.getTime() ?? null,
          },
    currentId: held.find((row) => row.isCurrent && row.livemode === (rights?.livemode ?? false))?.id ?? null,
    subscriptionIds: held.map(({ id }) => id).toSorted(),
    customers: customers.map(({ customerId, deletedAt }) => ({ customerId, isDeleted: deletedAt !== null })),
    granted: Object.fromEntries(balances.map(({ meter, granted }) => [meter, Number(granted)])),
    checkouts: Object.fromEntries(
      pages.flatMap(({ sessionId, state }) => (sessionId === null ? [] : [[sessionId, state]])),
    ),
  };
}
