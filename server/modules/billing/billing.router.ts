import { query, router } from '../../rpc/trpc.ts';
import { listPlans } from './list-plans.ts';

export const billingRouter = router({
  plans: query(listPlans),
});
