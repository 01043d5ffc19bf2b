import type { Database } from '../../../../db/client.ts';
import { lockRights } from '../../../../db/queries/billing-customers.ts';
import {
  findBillingContact,
  findNotice,
  finishNotice,
  listBillingContacts,
  listKnownEffects,
  listNoticeCandidates,
  noteMilestone,
  noteNotice,
  noteNumbersReleased,
  tell,
} from '../../../../db/queries/billing-notices.ts';
import { readEntitlementFacts } from '../../../../db/queries/entitlements.ts';
import { databaseTime } from '../../../../db/queries/time.ts';
import type { SystemScope } from '../../../../db/scope.ts';
import { withSystemScope } from '../../../../db/tx.ts';
import type { SubscriptionSnapshot } from '../../../integrations/payments/port.ts';
import { grantsOf } from '../current-entitlements.ts';
import { announcementKey } from './milestones.rules.ts';
import { grantedUntil, milestonesNow, type NoticeStore, ordersFor } from './notice-store.ts';

/** Notices in Postgres, of the vendor's live or test mode. */
export function postgresNoticeStore(database: Database, livemode: boolean): NoticeStore {
  const read = <T>(body: (scope: SystemScope) => Promise<T>) => withSystemScope(database, 'read', body);
  const write = <T>(body: (scope: SystemScope) => Promise<T>) => withSystemScope(database, 'write', body);
  return {
    now: () => read(databaseTime),
    listCandidates: async (page) => {
      const rows = await read((scope) => listNoticeCandidates(scope, { ...page, livemode }));
      return rows.map(({ orgId, snapshot }) => ({ orgId, subscription: asSnapshot(snapshot) }));
    },
    record: (orgId, now) => write((scope) => record(scope, { orgId, livemode }, now)),
    findOpen: (orgId, key) =>
      read(async (scope) => {
        const notice = await findNotice(scope, orgId, key);
        if (notice === null || notice.doneAt !== null) return null;
        const { snapshot, overrides, now } = await readEntitlementFacts(scope, orgId, livemode);
        const contact = await findBillingContact(scope, orgId, String(notice.detail.userId));
        const subscription = snapshot === null ? null : asSnapshot(snapshot);
        const until = grantedUntil(grantsOf(overrides), now);
        return { detail: notice.detail, subscription, contact, grantedUntil: until, now };
      }),
    finish: (orgId, key) => write((scope) => finishNotice(scope, orgId, key)),
  };
}

async function record(
  scope: SystemScope,
  { orgId, livemode }: { orgId: string; livemode: boolean },
  now: number,
): Promise<number> {
  // Rights that come back meanwhile are stored before this reads them, or after the release and may hold numbers again.
  await lockRights(scope, orgId);
  const facts = await readEntitlementFacts(scope, orgId, livemode);
  if (facts.snapshot === null) return 0;
  const subscription = asSnapshot(facts.snapshot);
  const overrides = grantsOf(facts.overrides);
  const told = await findNotice(scope, orgId, announcementKey(subscription, grantedUntil(overrides, now)));
  const announced = told === null ? null : Number(told.detail.about);
  const situation = { overrides, keepsNumbers: facts.keepsNumbers, announced };
  const due = milestonesNow(subscription, situation, now);
  const keys = due.map(({ key }) => key);
  const known = await listKnownEffects(scope, orgId, keys);
  let recorded = 0;
  for (const milestone of due) {
    if (known.has(milestone.key)) continue;
    const { key, kind, about } = milestone;
    const detail = { subscriptionId: subscription.id, about };
    if (!(await noteMilestone(scope, orgId, { key, livemode, kind, detail }))) continue;
    recorded += 1;
    if (kind === 'numbers-released') await noteNumbersReleased(scope, orgId);
    const whom = { orgId, subscriptionId: subscription.id };
    for (const { notice, event } of ordersFor(whom, milestone, await listBillingContacts(scope, orgId))) {
      if (notice !== null) await noteNotice(scope, orgId, { ...notice, livemode, kind: 'notice' });
      await tell(scope, orgId, event);
    }
  }
  return recorded;
}

/** Safe: only the payment sync writes this column, from a snapshot of this type. */
function asSnapshot(snapshot: Record<string, unknown>): SubscriptionSnapshot {
  return snapshot as unknown as SubscriptionSnapshot;
}
