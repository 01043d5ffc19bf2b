import { mutation, query, router, subscribe } from '../../rpc/trpc.ts';
import { cancelRun } from './cancel-run.ts';
import { followRun, startAndFollowRun } from './follow-run.ts';
import { getRun } from './get-run.ts';
import { startRun } from './start-run.ts';

export const runsRouter = router({
  start: mutation(startRun),
  get: query(getRun),
  cancel: mutation(cancelRun),
  follow: subscribe(followRun),
  startAndFollow: subscribe(startAndFollowRun),
});
