import { and, eq, sql } from 'drizzle-orm';
import { verifications } from '../schema/auth.ts';
import { sessions } from '../schema/identity.ts';
import type { SystemScope } from '../scope.ts';
import { notifyPrincipalChange } from './identity.ts';

const SPENT = 'spent-code';
const REUSED = 'reused-code';

/** Keeps whose an authorization code was that is used up; `id` is of the code. */
export async function keepSpentCode(
  scope: SystemScope,
  code: {
    readonly id: string;
    readonly userId: string;
    readonly sessionId: string;
    readonly expiresAt: Date;
  },
): Promise<void> {
  const { id, userId, sessionId, expiresAt } = code;
  const value = JSON.stringify({ userId, sessionId });
  await scope.db
    .insert(verifications)
    .values({ id, identifier: SPENT, value, expiresAt })
    .onConflictDoNothing();
}

/**
 * Notes that a spent code was used again: access tokens that its session has by now must be renewed. Returns whose it was
 * the first time; null for a code that is unknown or noted already.
 */
export async function markCodeReused(
  scope: SystemScope,
  id: string,
): Promise<{ userId: string; sessionId: string; orgId: string } | null> {
  const [code] = await scope.db
    .update(verifications)
    .set({ identifier: REUSED })
    .where(and(eq(verifications.id, id), eq(verifications.identifier, SPENT)))
    .returning({ value: verifications.value });
  if (code === undefined) return null;
  const { sessionId } = JSON.parse(code.value) as { sessionId: string }; // as `keepSpentCode` wrote it
  // Not now(): a first use may have issued its tokens while this transaction waited for it.
  const [session] = await scope.db
    .update(sessions)
    .set({ tokensSince: sql`clock_timestamp()` })
    .where(eq(sessions.id, sessionId))
    .returning({ userId: sessions.userId, orgId: sessions.orgId });
  if (session === undefined) return null;
  await notifyPrincipalChange(scope, JSON.stringify({ kind: 'changed', sessionId }));
  return { ...session, sessionId };
}

/** Whether a code was used again; it cannot be before this transaction ends. */
export async function isCodeReused(scope: SystemScope, id: string): Promise<boolean> {
  const [code] = await scope.db
    .select({ state: verifications.identifier })
    .from(verifications)
    .where(eq(verifications.id, id))
    .for('share');
  return code?.state === REUSED;
}
