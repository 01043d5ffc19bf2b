import { query, router, subscribe } from '../../rpc/trpc.ts';
import { checkEntitlement, followEntitlements, getEntitlements } from './get-entitlements.ts';

export const entitlementsRouter = router({
  get: query(getEntitlements),
  check: query(checkEntitlement),
  follow: subscribe(followEntitlements),
});
