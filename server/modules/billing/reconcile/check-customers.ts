import { databaseFailure } from '../../../core/database-failure.ts';
import { type Failure, toFailure } from '../../../core/failure.ts';
import { settleAddOns } from '../settle-page.ts';
import { type BillingDeps, syncCustomer } from '../sync-customer.ts';
import type { CycleReport } from './cycle.ts';

/** More of one page that are not answered are an outage, also of a vendor that answers otherwise. */
const FEW = 3;

/**
 * Brings each customer to what the vendor says, by the very code that acts on its deliveries, and counts what differed.
 * One that a repetition cannot mend, or that alone is not answered, is parked, so that it holds up no other; an outage is thrown.
 */
export async function checkCustomers(
  deps: BillingDeps & { readonly onDrift: (customers: number) => void },
  customerIds: readonly string[],
  report: CycleReport,
): Promise<CycleReport> {
  const counts = { checked: 0, drifted: 0, repaired: 0 };
  let unanswered = 0;
  const parked = [...report.parked];
  for (const customerId of customerIds) {
    if (parked.includes(customerId)) continue;
    counts.checked += 1;
    try {
      const { outcome, orgId, drifted, owes } = await syncCustomer(deps, customerId);
      const gave = orgId !== null && (await settleAddOns(deps, { orgId, customerId }));
      if (owes) parked.push(customerId);
      if (!drifted && !gave) continue;
      counts.drifted += 1;
      if (outcome === 'applied' || gave) counts.repaired += 1;
      deps.onDrift(1);
      deps.logger.error({ customerId, orgId, outcome }, 'billing had drifted from the payment vendor');
    } catch (error) {
      const failure = toFailure(databaseFailure(error));
      if (failure.kind === 'upstream') {
        unanswered += 1;
        if (unanswered > FEW || !(await isAlone(deps, failure))) throw failure;
      }
      parked.push(customerId);
      deps.logger.error({ err: error, customerId }, 'a customer could not be checked against the vendor');
    }
  }
  return {
    ...report,
    checked: report.checked + counts.checked,
    drifted: report.drifted + counts.drifted,
    repaired: report.repaired + counts.repaired,
    parked,
  };
}

/** Whether the vendor, which did not answer for a customer, does answer otherwise. */
async function isAlone({ payments }: BillingDeps, failure: Failure): Promise<boolean> {
  if (failure.code !== 'billing.vendor-unavailable') return false;
  try {
    await payments.walk.latestEvent();
    return true;
  } catch {
    // Away, as the failure said already.
    return false;
  }
}
