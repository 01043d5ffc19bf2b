import { query, router, subscribe } from '../../rpc/trpc.ts';
import { followUsage, getUsageSummary } from './get-usage-summary.ts';

export const usageRouter = router({
  summary: query(getUsageSummary),
  follow: subscribe(followUsage),
});
