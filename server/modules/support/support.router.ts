import { mutation, router } from '../../rpc/trpc.ts';
import { impersonate, suspendOrganisation, unsuspendOrganisation } from './support-operations.ts';

export const supportRouter = router({
  impersonate: mutation(impersonate),
  suspendOrganisation: mutation(suspendOrganisation),
  unsuspendOrganisation: mutation(unsuspendOrganisation),
});
