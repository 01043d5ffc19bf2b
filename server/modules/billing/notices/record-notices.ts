import type { Database } from '../../../../db/client.ts';
import {
  listBillingContacts,
  listKnownEffects,
  listNoticeCandidates,
  type NoticeCandidate,
  noteMilestone,
  noteNotice,
  tell,
} from '../../../../db/queries/billing-notices.ts';
import { readEntitlementFacts } from '../../../../db/queries/entitlements.ts';
import type { SystemScope } from '../../../../db/scope.ts';
import { withSystemScope } from '../../../../db/tx.ts';
import { catalogueVersion } from '../../../core/plans.ts';
import type { SubscriptionSnapshot } from '../../../integrations/payments/port.ts';
import { grantsOf } from '../current-entitlements.ts';
import { entitlementsOf } from '../entitlements.rules.ts';
import { dueMilestones, type Milestone, NUMBERS_KEPT_DAYS } from './milestones.rules.ts';

const PAGE = 500;
/** Numbers that should have been released this long ago are still released; older ends are settled. */
const LOOK_BACK_MS = (NUMBERS_KEPT_DAYS + 30) * 86_400_000;

export interface NoticeDeps {
  readonly database: Database;
  /** The database's clock, by which notices are due. */
  readonly time: () => Promise<Date>;
}

/**
 * Finds what people are to be told of now and records it, each milestone once for ever, together with the events that
 * send it; one organisation a transaction. Resolves how many milestones were new.
 */
export async function recordNotices(deps: NoticeDeps): Promise<number> {
  const now = (await deps.time()).getTime();
  let recorded = 0;
  for (let after = ''; ; ) {
    const page = { endedSince: new Date(now - LOOK_BACK_MS), after, limit: PAGE };
    const candidates = await withSystemScope(deps.database, 'read', (scope) =>
      listNoticeCandidates(scope, page),
    );
    for (const candidate of candidates) {
      after = candidate.orgId;
      if (dueMilestones(snapshotOf(candidate), { releasesNumbers: true }, now).length === 0) continue;
      recorded += await withSystemScope(deps.database, 'write', (scope) =>
        recordOf(scope, { orgId: candidate.orgId, now }),
      );
    }
    if (candidates.length < PAGE) return recorded;
  }
}

async function recordOf(scope: SystemScope, { orgId, now }: { orgId: string; now: number }): Promise<number> {
  const { snapshot, overrides } = await readEntitlementFacts(scope, orgId);
  if (snapshot === null) return 0;
  const subscription = snapshotOf({ snapshot });
  const { numbers } = entitlementsOf({
    subscription,
    overrides: grantsOf(overrides),
    catalogueVersion,
    now,
  });
  const due = dueMilestones(subscription, { releasesNumbers: numbers === 'release' }, now);
  const known = await listKnownEffects(
    scope,
    orgId,
    due.map(({ key }) => key),
  );
  let recorded = 0;
  for (const milestone of due) {
    if (known.has(milestone.key)) continue;
    if (await record(scope, { orgId, subscription, milestone })) recorded += 1;
  }
  return recorded;
}

interface Reached {
  readonly orgId: string;
  readonly subscription: SubscriptionSnapshot;
  readonly milestone: Milestone;
}

async function record(scope: SystemScope, { orgId, subscription, milestone }: Reached): Promise<boolean> {
  const { key, kind, about } = milestone;
  const detail = { subscriptionId: subscription.id, about };
  if (!(await noteMilestone(scope, orgId, { key, kind, detail }))) return false;
  if (kind === 'numbers-released') {
    const data = { orgId, subscriptionId: subscription.id, releaseAt: new Date(about).toISOString() };
    await tell(scope, orgId, { eventId: `${orgId}:${key}`, name: 'billing/numbers.release-due', data });
    return true;
  }
  for (const userId of await listBillingContacts(scope, orgId)) {
    const notice = `${key}:${userId}`;
    await noteNotice(scope, orgId, { key: notice, kind: 'notice', detail: { ...detail, kind, userId } });
    const data = { orgId, key: notice };
    await tell(scope, orgId, { eventId: `${orgId}:${notice}`, name: 'billing/notice.due', data });
  }
  return true;
}

/** Safe: only the payment sync writes this column, from a snapshot of this type. */
function snapshotOf({ snapshot }: Pick<NoticeCandidate, 'snapshot'>): SubscriptionSnapshot {
  return snapshot as unknown as SubscriptionSnapshot;
}
