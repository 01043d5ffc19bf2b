import { lockRights } from '../../../db/queries/billing-customers.ts';
import { storeEntitlements } from '../../../db/queries/entitlements.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { catalogueVersion } from '../../core/plans.ts';
import type { RightsStore } from './billing-store.ts';
import { computeEntitlements } from './current-entitlements.ts';

const BATCH = 200;

/**
 * Computes an organisation's entitlements from what is stored and announces them when they changed; in the
 * transaction of whatever changed them, so that no process can see one without the other. Resolves whether they did.
 */
export async function refreshEntitlements(scope: SystemScope, orgId: string): Promise<boolean> {
  await lockRights(scope, orgId);
  const { tier, access, spend, numbers, reasons, expiresAt } = await computeEntitlements(scope, orgId);
  return storeEntitlements(scope, orgId, {
    tier,
    access,
    spend,
    numbers,
    reasons: [...reasons],
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
    catalogueVersion,
  });
}

/** Refreshes what has expired since (a grace, a cancellation date) or is of an older catalogue. Resolves how many were due. */
export async function refreshDueEntitlements(store: RightsStore): Promise<number> {
  let refreshed = 0;
  for (;;) {
    const due = await store.listDue(BATCH);
    for (const orgId of due) await store.refresh(orgId);
    refreshed += due.length;
    if (due.length < BATCH) return refreshed;
  }
}
