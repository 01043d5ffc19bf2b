import { listSealable, type SealRequest, sealWindows } from '../../../../db/queries/usage-seal.ts';
import { exportedMeters, sealBoundary, TELLABLE_MS } from './export.rules.ts';
import { asPlatform, type ExportDeps } from './export-deps.ts';

const BATCH = 200;

/**
 * Seals the use of every hour that is over, one customer a transaction: killed anywhere, the next call goes on. What came
 * late makes a further window of its own hour; what is too old to be told is parked and reported. Resolves how many
 * windows were made.
 */
export async function sealUsage(deps: ExportDeps): Promise<number> {
  const now = await deps.time();
  const request: SealRequest = {
    now,
    livemode: deps.livemode,
    before: new Date(sealBoundary(now.getTime())),
    tellableSince: new Date(now.getTime() - TELLABLE_MS),
    meters: exportedMeters,
  };
  let sealed = 0;
  for (let after = ''; ; ) {
    const customers = await asPlatform(deps, 'read', (scope) =>
      listSealable(scope, { ...request, after, limit: BATCH }),
    );
    for (const customer of customers) {
      sealed += await asPlatform(deps, 'write', (scope) => sealWindows(scope, customer, request));
      after = customer.customerId;
    }
    if (customers.length < BATCH) return sealed;
  }
}
