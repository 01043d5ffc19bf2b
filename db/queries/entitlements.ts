import { and, eq, lte, ne, or, sql } from 'drizzle-orm';
import { entitlementOverrides, entitlements, subscriptions } from '../schema/billing.ts';
import { organisations } from '../schema/identity.ts';
import type { AnyScope, SystemScope } from '../scope.ts';
import { notifyPrincipalChange } from './identity.ts';

export type OverrideRow = Pick<typeof entitlementOverrides.$inferSelect, 'tier' | 'startsAt' | 'endsAt'>;

/** What an organisation's entitlements follow from, at the database's clock. */
export interface StoredFacts {
  readonly snapshot: Record<string, unknown> | null;
  readonly overrides: readonly OverrideRow[];
  /** Whether phone numbers may be held that cannot be added to by the rights as last stored. */
  readonly keepsNumbers: boolean;
  /** Of the entitlements as last stored; 0 when never. */
  readonly version: number;
  readonly now: number;
}

/** The current subscription of a mode, all overrides, those that ended too, and the time by which both are judged. */
export async function readEntitlementFacts(
  scope: AnyScope,
  orgId: string,
  livemode: boolean,
): Promise<StoredFacts> {
  const [[row], overrides] = await Promise.all([
    scope.db
      .select({
        snapshot: subscriptions.snapshot,
        version: entitlements.version,
        keepsNumbers: sql<boolean>`coalesce(${entitlements.mayHoldNumbers} and ${entitlements.numbers} <> 'allowed', false)`,
        // To the millisecond as the columns are: a grant of this very transaction would begin after an exact now().
        now: sql<number>`(extract(epoch from now()::timestamptz(3)) * 1000)::float8`,
      })
      .from(organisations)
      .leftJoin(
        subscriptions,
        and(
          eq(subscriptions.orgId, organisations.id),
          eq(subscriptions.livemode, livemode),
          eq(subscriptions.isCurrent, true),
        ),
      )
      .leftJoin(entitlements, eq(entitlements.orgId, organisations.id))
      .where(eq(organisations.id, orgId)),
    scope.db
      .select({
        tier: entitlementOverrides.tier,
        startsAt: entitlementOverrides.startsAt,
        endsAt: entitlementOverrides.endsAt,
      })
      .from(entitlementOverrides)
      .where(eq(entitlementOverrides.orgId, orgId)),
  ]);
  if (row === undefined) throw new Error('no such organisation');
  return { ...row, version: row.version ?? 0, now: Number(row.now), overrides };
}

export type NewEntitlements = Omit<typeof entitlements.$inferSelect, 'orgId' | 'version' | 'computedAt'>;

/** What an organisation may do as last stored; of one that has no entitlements yet, its tier with nothing taken away. */
export async function findStoredRights(
  scope: SystemScope,
  orgId: string,
): Promise<Pick<NewEntitlements, 'tier' | 'access' | 'spend' | 'numbers'> | null> {
  const rows = await scope.db
    .select({
      tier: organisations.tier,
      access: entitlements.access,
      spend: entitlements.spend,
      numbers: entitlements.numbers,
    })
    .from(organisations)
    .leftJoin(entitlements, eq(entitlements.orgId, organisations.id))
    .where(eq(organisations.id, orgId));
  const [row] = rows;
  if (row === undefined) return null;
  const { tier, access, spend, numbers } = row;
  return { tier, access: access ?? 'full', spend: spend ?? 'open', numbers: numbers ?? 'allowed' };
}

/**
 * Stores entitlements and the organisation's tier; the version rises only when something changed. Resolves whether it
 * did; the first ones change nothing where they give the tier that the organisation has. Every process is told at commit.
 */
export async function storeEntitlements(
  scope: SystemScope,
  orgId: string,
  computed: NewEntitlements,
): Promise<boolean> {
  const changed = sql`(${entitlements.tier}, ${entitlements.access}, ${entitlements.spend}, ${entitlements.numbers},
    ${entitlements.reasons}, ${entitlements.expiresAt}, ${entitlements.catalogueVersion}, ${entitlements.livemode}) is distinct from
    (excluded.tier, excluded.access, excluded.spend, excluded.numbers, excluded.reasons, excluded.expires_at,
    excluded.catalogue_version, excluded.livemode) or exists (select from organisations o where o.id = excluded.org_id
    and o.tier <> excluded.tier) or excluded.may_hold_numbers and not ${entitlements.mayHoldNumbers}`;
  const rows = await scope.db
    .insert(entitlements)
    .values({ ...computed, orgId })
    .onConflictDoUpdate({
      target: entitlements.orgId,
      set: {
        ...computed,
        mayHoldNumbers: sql`${entitlements.mayHoldNumbers} or excluded.may_hold_numbers`,
        version: sql`${entitlements.version} + 1`,
        computedAt: sql`now()`,
      },
      setWhere: changed,
    })
    .returning({ version: entitlements.version });
  const [stored] = rows;
  if (stored === undefined) return false;
  const moved = await scope.db
    .update(organisations)
    .set({ tier: computed.tier })
    .where(and(eq(organisations.id, orgId), ne(organisations.tier, computed.tier)))
    .returning({ id: organisations.id });
  await notifyPrincipalChange(scope, JSON.stringify({ kind: 'changed', orgId }));
  return stored.version > 1 || moved.length > 0;
}

/** Organisations whose stored entitlements are past their expiry, of an older catalogue or of the other mode. */
export async function listDueEntitlements(
  scope: SystemScope,
  due: { catalogueVersion: number; livemode: boolean; limit: number },
): Promise<string[]> {
  const rows = await scope.db
    .select({ orgId: entitlements.orgId })
    .from(entitlements)
    .where(
      or(
        lte(entitlements.expiresAt, sql`now()`),
        ne(entitlements.catalogueVersion, due.catalogueVersion),
        ne(entitlements.livemode, due.livemode),
      ),
    )
    .limit(due.limit);
  return rows.map((row) => row.orgId);
}

/** Gives a tier without a payment; the same id twice is one grant. */
export async function grantTier(
  scope: SystemScope,
  grant: { orgId: string; id: string; tier: string; reason: string; endsAt: Date | null },
): Promise<void> {
  await scope.db.insert(entitlementOverrides).values(grant).onConflictDoNothing();
}
