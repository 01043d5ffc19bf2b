import type { Database } from '../../db/client.ts';
import { closeUnseenCheckouts } from '../../db/queries/billing-checkouts.ts';
import { deleteExpiredExports } from '../../db/queries/data-requests.ts';
import { purgeJobHistory } from '../../db/queries/job-events.ts';
import { deleteSentOutbox } from '../../db/queries/outbox.ts';
import {
  deleteDoneBillingEvents,
  deleteEndedHolds,
  deleteEndedSessions,
  deleteExpiredKeys,
  deleteLimitWindows,
  maintainRunLog,
  purgeDeletedConversations,
} from '../../db/queries/retention.ts';
import type { SystemScope } from '../../db/scope.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { Clock } from '../../server/core/clock.ts';
import type { JobOperations } from '../deps.ts';

const day = 86_400_000;

/** How long rows are kept that only serve repetition and inspection. The run log's 24 h are a product decision. */
export const kept = {
  sentOutboxMs: 7 * day,
  jobHistoryMs: 30 * day,
  limitWindowsMs: 2 * day,
  // A Supabase session that was signed out here must stay so for as long as Supabase may renew it.
  endedSessionsMs: 90 * day,
  // Stripe lists its events for 30 days, and lets a person send one again for as long.
  billingEventsMs: 60 * day,
  // A hold lasts hours; a late settlement still finds what it took from.
  endedHoldsMs: 7 * day,
  // Time to ask for one back that was deleted by mistake.
  deletedConversationsMs: 30 * day,
} as const;

/** Ended job runs removed in one statement. */
const purgeBatch = 1_000;
/** Conversations removed in one statement: each takes its messages and runs along. */
const conversationBatch = 100;

/** The platform's housekeeping; each call is one or several short transactions and may be repeated. */
export function createRetentionOperations(deps: {
  readonly database: Database;
  readonly clock: Clock;
}): Pick<
  JobOperations,
  | 'maintainPartitions'
  | 'purgeIdempotencyKeys'
  | 'purgeSentOutbox'
  | 'purgeEndedSessions'
  | 'purgeJobHistory'
  | 'purgeExports'
  | 'purgeBilling'
  | 'purgeDeletedConversations'
> {
  const { database, clock } = deps;
  const before = (ms: number) => new Date(clock.now() - ms);
  const system = <T>(body: (scope: SystemScope) => Promise<T>) =>
    withSystemScope(database, { access: 'write', work: 'job' }, body);
  return {
    maintainPartitions: () => system((scope) => maintainRunLog(scope)),
    purgeIdempotencyKeys: async () => ({
      removed: await system(async (scope) => {
        await deleteLimitWindows(scope, before(kept.limitWindowsMs));
        return deleteExpiredKeys(scope);
      }),
    }),
    purgeSentOutbox: async () => ({
      removed: await system((scope) => deleteSentOutbox(scope, kept.sentOutboxMs)),
    }),
    purgeExports: async () => ({
      removed: await system((scope) => deleteExpiredExports(scope, new Date(clock.now()))),
    }),
    purgeBilling: async () => ({
      closed: await system(closeUnseenCheckouts),
      events: await system((scope) => deleteDoneBillingEvents(scope, before(kept.billingEventsMs))),
      holds: await system((scope) => deleteEndedHolds(scope, before(kept.endedHoldsMs))),
    }),
    purgeEndedSessions: async () => ({
      removed: await system((scope) => deleteEndedSessions(scope, before(kept.endedSessionsMs))),
    }),
    purgeDeletedConversations: async () => {
      let removed = 0;
      for (;;) {
        const age = { before: before(kept.deletedConversationsMs), limit: conversationBatch };
        const batch = await system((scope) => purgeDeletedConversations(scope, age));
        removed += batch;
        if (batch < conversationBatch) return { removed };
      }
    },
    purgeJobHistory: async () => {
      let removed = 0;
      for (;;) {
        const age = { before: before(kept.jobHistoryMs), limit: purgeBatch };
        const batch = await system((scope) => purgeJobHistory(scope, age));
        removed += batch.runs + batch.events;
        if (batch.runs < purgeBatch && batch.events < purgeBatch) return { removed };
      }
    },
  };
}
