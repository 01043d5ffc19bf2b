import { and, desc, eq, getTableColumns, gt, inArray, ne, sql } from 'drizzle-orm';
import { billingCheckouts } from '../schema/billing.ts';
import type { AnyScope, OrgScope, SystemScope } from '../scope.ts';

export type CheckoutRow = typeof billingCheckouts.$inferSelect;

/** Lets one transaction at a time decide about an organisation's checkouts. */
export async function lockCheckouts(scope: OrgScope): Promise<void> {
  await scope.db.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`billing.checkouts ${scope.orgId}`}, 0))`,
  );
}

/** Frees a caller's key of a checkout that was begun before `keyMs`: it names a new one then. */
export async function forgetCheckoutKey(
  scope: OrgScope,
  { clientKey, livemode, keyMs }: { clientKey: string; livemode: boolean; keyMs: number },
): Promise<void> {
  await scope.db
    .update(billingCheckouts)
    .set({ clientKey: null })
    .where(
      and(
        eq(billingCheckouts.orgId, scope.orgId),
        eq(billingCheckouts.livemode, livemode),
        eq(billingCheckouts.clientKey, clientKey),
        sql`${billingCheckouts.createdAt} <= now() - ${keyMs} * interval '1 millisecond'`,
      ),
    );
}

/** The checkout begun under a caller's key; null when there is none. */
export async function findCheckoutByKey(
  scope: OrgScope,
  { clientKey, livemode }: { clientKey: string; livemode: boolean },
): Promise<CheckoutRow | null> {
  const rows = await scope.db
    .select()
    .from(billingCheckouts)
    .where(
      and(
        eq(billingCheckouts.orgId, scope.orgId),
        eq(billingCheckouts.livemode, livemode),
        eq(billingCheckouts.clientKey, clientKey),
      ),
    );
  return rows[0] ?? null;
}

/** A checkout whose page may still be paid; `isEnding` in the last `endingMs` of it. */
export type OpenCheckout = CheckoutRow & { readonly isEnding: boolean };

/** Checkouts whose page may still be paid, newest first. */
export async function listOpenCheckouts(
  scope: OrgScope,
  { livemode, endingMs }: { livemode: boolean; endingMs: number },
): Promise<OpenCheckout[]> {
  const isEnding = sql<boolean>`${billingCheckouts.expiresAt} <= now() + ${endingMs} * interval '1 millisecond'`;
  return scope.db
    .select({ ...getTableColumns(billingCheckouts), isEnding })
    .from(billingCheckouts)
    .where(
      and(
        eq(billingCheckouts.orgId, scope.orgId),
        eq(billingCheckouts.livemode, livemode),
        inArray(billingCheckouts.state, ['opening', 'open']),
        gt(billingCheckouts.expiresAt, sql`now()`),
      ),
    )
    .orderBy(desc(billingCheckouts.createdAt));
}

export async function insertCheckout(
  scope: OrgScope,
  checkout: { id: string; livemode: boolean; purchase: string; clientKey: string | null; ttlMs: number },
): Promise<CheckoutRow> {
  const { ttlMs, ...row } = checkout;
  const rows = await scope.db
    .insert(billingCheckouts)
    .values({ ...row, orgId: scope.orgId, expiresAt: sql`now() + ${ttlMs} * interval '1 millisecond'` })
    .returning();
  const [inserted] = rows;
  if (inserted === undefined) throw new Error('an insert returned no row');
  return inserted;
}

/**
 * Notes the page of a checkout once the vendor has opened it, which is `ttlMs` before it runs out at most. False when the
 * checkout was closed or given up by then: nobody may be given the page.
 */
export async function noteCheckoutPage(
  scope: OrgScope,
  { id, sessionId, url, ttlMs }: { id: string; sessionId: string; url: string; ttlMs: number },
): Promise<boolean> {
  const { orgId, state } = billingCheckouts;
  const isOwn = and(eq(orgId, scope.orgId), eq(billingCheckouts.id, id));
  const noted = await scope.db
    .update(billingCheckouts)
    .set({ sessionId, url, state: 'open', expiresAt: sql`now() + ${ttlMs} * interval '1 millisecond'` })
    .where(and(isOwn, eq(state, 'opening')))
    .returning({ id: billingCheckouts.id });
  if (noted.length === 1) return true;
  const others = await scope.db
    .select({ id: billingCheckouts.id })
    .from(billingCheckouts)
    .where(and(isOwn, eq(billingCheckouts.sessionId, sessionId), ne(state, 'expired')));
  return others.length === 1;
}

/**
 * Gives up a checkout of which nobody was given a page and which was begun more than `afterMs` ago: its caller's key
 * names another one from now on. False when it was noted, closed or begun since.
 */
export async function giveUpCheckout(
  scope: OrgScope,
  { id, afterMs }: { id: string; afterMs: number },
): Promise<boolean> {
  const rows = await scope.db
    .update(billingCheckouts)
    .set({ state: 'expired', clientKey: null })
    .where(
      and(
        eq(billingCheckouts.orgId, scope.orgId),
        eq(billingCheckouts.id, id),
        eq(billingCheckouts.state, 'opening'),
        sql`${billingCheckouts.createdAt} < now() - ${afterMs} * interval '1 millisecond'`,
      ),
    )
    .returning({ id: billingCheckouts.id });
  return rows.length === 1;
}

/**
 * Closes a checkout for another wish; the page it has, or null where nobody has noted one: whoever may be opening it closes
 * it, and gives it to nobody.
 */
export async function overtakeCheckout(scope: OrgScope, id: string): Promise<string | null> {
  const isOwn = and(eq(billingCheckouts.orgId, scope.orgId), eq(billingCheckouts.id, id));
  await scope.db
    .update(billingCheckouts)
    .set({ state: 'expired' })
    .where(and(isOwn, eq(billingCheckouts.state, 'opening')));
  const rows = await scope.db
    .select({ sessionId: billingCheckouts.sessionId })
    .from(billingCheckouts)
    .where(isOwn);
  return rows[0]?.sessionId ?? null;
}

/** Notes that a page sells no more; what was completed stays so. */
export async function closeCheckout(
  scope: AnyScope,
  closed: { orgId: string; sessionId: string; state: 'completed' | 'expired' },
): Promise<void> {
  await scope.db
    .update(billingCheckouts)
    .set({ state: closed.state })
    .where(
      and(
        eq(billingCheckouts.orgId, closed.orgId),
        eq(billingCheckouts.sessionId, closed.sessionId),
        ne(billingCheckouts.state, 'completed'),
      ),
    );
}

/** Whether an organisation began to buy units on a page that is not known to have expired and gave none so far. */
export async function hasOpenPack(
  scope: SystemScope,
  { orgId, livemode }: { orgId: string; livemode: boolean },
): Promise<boolean> {
  const rows = await scope.db
    .select({ id: billingCheckouts.id })
    .from(billingCheckouts)
    .where(
      and(
        eq(billingCheckouts.orgId, orgId),
        eq(billingCheckouts.livemode, livemode),
        ne(billingCheckouts.state, 'expired'),
        sql`${billingCheckouts.purchase}::jsonb -> 'purchase' ->> 'kind' = 'add-on'`,
        sql`not exists (select from usage_grants g where g.org_id = ${billingCheckouts.orgId}
          and g.source_id = ${billingCheckouts.sessionId})`,
      ),
    )
    .limit(1);
  return rows.length === 1;
}

/**
 * Closes notes of pages that nobody was given nor wished again, once the vendor has closed the pages: the process that
 * asked for them died before it knew them. Resolves how many.
 */
export async function closeUnseenCheckouts(scope: SystemScope): Promise<number> {
  const rows = await scope.db
    .update(billingCheckouts)
    .set({ state: 'expired' })
    .where(
      and(
        eq(billingCheckouts.state, 'opening'),
        sql`${billingCheckouts.createdAt} < now() - interval '25 hours'`,
      ),
    )
    .returning({ id: billingCheckouts.id });
  return rows.length;
}
