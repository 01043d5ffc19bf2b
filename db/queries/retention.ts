import { and, eq, lt, ne, sql } from 'drizzle-orm';
import { verifications } from '../schema/auth.ts';
import { billingEvents } from '../schema/billing.ts';
import { conversations } from '../schema/conversations.ts';
import { principalChanges, sessions } from '../schema/identity.ts';
import { oauthClientAssertions, oauthRefreshTokens } from '../schema/oauth.ts';
import { idempotencyKeys, limitWindows } from '../schema/operations.ts';
import { usageHolds } from '../schema/usage.ts';
import type { SystemScope } from '../scope.ts';

/** Makes the run log's partitions of the coming days and drops those whose last row is older than `keepHours`. */
export async function maintainRunLog(
  scope: SystemScope,
  keepHours = 24,
): Promise<{ made: number; dropped: number }> {
  const rows = await scope.db.execute<{ made: number; dropped: number }>(
    sql`select made, dropped from maintain_run_log(${keepHours} * interval '1 hour')`,
  );
  return { made: rows[0]?.made ?? 0, dropped: rows[0]?.dropped ?? 0 };
}

/** Removes idempotency keys past their expiry; returns how many. */
export async function deleteExpiredKeys(scope: SystemScope): Promise<number> {
  const rows = await scope.db
    .delete(idempotencyKeys)
    .where(lt(idempotencyKeys.expiresAt, sql`now()`))
    .returning({ key: idempotencyKeys.key });
  return rows.length;
}

/** Removes counters of windows that began before `before`; returns how many. */
export async function deleteLimitWindows(scope: SystemScope, before: Date): Promise<number> {
  const rows = await scope.db
    .delete(limitWindows)
    .where(lt(limitWindows.windowStart, before))
    .returning({ name: limitWindows.name });
  return rows.length;
}

/**
 * Removes what sign-in keeps for a while: spent links and codes, announcements everybody has heard, and sessions with
 * their tokens that ended before `endedBefore`. Those derived from Supabase's stay: without its row one that was ended
 * would begin again with the next token. Returns how many sessions were removed.
 */
export async function deleteEndedSessions(scope: SystemScope, endedBefore: Date): Promise<number> {
  await scope.db.delete(verifications).where(lt(verifications.expiresAt, sql`now()`));
  await scope.db.delete(oauthClientAssertions).where(lt(oauthClientAssertions.expiresAt, sql`now()`));
  await scope.db.delete(oauthRefreshTokens).where(lt(oauthRefreshTokens.expiresAt, sql`now()`));
  await scope.db
    .delete(principalChanges)
    .where(lt(principalChanges.createdAt, sql`now() - interval '1 hour'`));
  const rows = await scope.db
    .delete(sessions)
    .where(
      and(
        lt(sql`least(${sessions.revokedAt}, ${sessions.expiresAt})`, endedBefore.toISOString()),
        sql`${sessions.exchangedFor} is distinct from ${sessions.id}`,
      ),
    )
    .returning({ id: sessions.id });
  return rows.length;
}

/**
 * Removes up to `limit` conversations that were deleted before `before`, with their messages and runs; returns how many.
 * What their answers cost stays in the ledgers.
 */
export async function purgeDeletedConversations(
  scope: SystemScope,
  age: { before: Date; limit: number },
): Promise<number> {
  const old = scope.db
    .select({ orgId: conversations.orgId, id: conversations.id })
    .from(conversations)
    .where(lt(conversations.deletedAt, age.before))
    .limit(age.limit);
  const rows = await scope.db
    .delete(conversations)
    .where(sql`(${conversations.orgId}, ${conversations.id}) in ${old}`)
    .returning({ id: conversations.id });
  return rows.length;
}

/** Removes deliveries of the payment vendor that were done and came before `before`; returns how many. */
export async function deleteDoneBillingEvents(scope: SystemScope, before: Date): Promise<number> {
  const rows = await scope.db
    .delete(billingEvents)
    .where(and(eq(billingEvents.state, 'done'), lt(billingEvents.receivedAt, before)))
    .returning({ id: billingEvents.id });
  return rows.length;
}

/** Removes holds of usage that ended and were made before `before`; the ledger alone keeps a source from counting twice. */
export async function deleteEndedHolds(scope: SystemScope, before: Date): Promise<number> {
  const rows = await scope.db
    .delete(usageHolds)
    .where(and(ne(usageHolds.state, 'held'), lt(usageHolds.createdAt, before)))
    .returning({ sourceId: usageHolds.sourceId });
  return rows.length;
}
