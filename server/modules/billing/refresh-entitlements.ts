import { isDeepStrictEqual } from 'node:util';
import { lockRights } from '../../../db/queries/billing-customers.ts';
import { findStoredRights, storeEntitlements } from '../../../db/queries/entitlements.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { recordSystemAudit } from '../../core/audit.ts';
import { catalogueVersion } from '../../core/plans.ts';
import type { RightsStore } from './billing-store.ts';
import { computeEntitlements } from './current-entitlements.ts';
import { allowsNumbers } from './entitlements.rules.ts';

const BATCH = 200;

/**
 * Computes an organisation's entitlements from what is stored and announces them when they changed, with an audit row
 * where that is a change of what it may do; in the transaction of whatever changed them, so that no process can see one
 * without the other. Resolves whether they did.
 */
export async function refreshEntitlements(
  scope: SystemScope,
  orgId: string,
  livemode: boolean,
): Promise<boolean> {
  await lockRights(scope, orgId);
  const computed = await computeEntitlements(scope, orgId, livemode);
  const { tier, access, spend, numbers, reasons, expiresAt } = computed;
  const from = await findStoredRights(scope, orgId);
  const changed = await storeEntitlements(scope, orgId, {
    tier,
    access,
    spend,
    numbers,
    mayHoldNumbers: allowsNumbers(computed),
    reasons: [...reasons],
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
    catalogueVersion,
    livemode,
  });
  const to = { tier, access, spend, numbers };
  if (changed && !isDeepStrictEqual(from, to)) await recordChange(scope, orgId, { from, to });
  return changed;
}

/** Whatever the change came from (an event, a reconciliation, time, a grant), no person made it here. */
function recordChange(scope: SystemScope, orgId: string, detail: Record<string, unknown>): Promise<void> {
  const act = { orgId, operation: 'billing.applyPlan', subject: orgId, detail };
  return recordSystemAudit(scope, { name: 'billing' }, act);
}

/** Refreshes what has expired since (a grace, a cancellation date) or is of an older catalogue or the other mode. Resolves how many were due. */
export async function refreshDueEntitlements(store: RightsStore): Promise<number> {
  let refreshed = 0;
  for (;;) {
    const due = await store.listDue(BATCH);
    for (const orgId of due) await store.refresh(orgId);
    refreshed += due.length;
    if (due.length < BATCH) return refreshed;
  }
}
