import { dueMilestones, NUMBERS_KEPT_DAYS } from './milestones.rules.ts';
import type { NoticeStore } from './notice-store.ts';

const PAGE = 500;
/** Numbers that should have been released this long ago are still released; older ends are settled. */
const LOOK_BACK_MS = (NUMBERS_KEPT_DAYS + 30) * 86_400_000;

/**
 * Finds what people are to be told of now and records it, each milestone once for ever, together with the events that
 * send it; one organisation a transaction. Resolves how many milestones were new.
 */
export async function recordNotices(store: NoticeStore): Promise<number> {
  const now = (await store.now()).getTime();
  let recorded = 0;
  for (let after = ''; ; ) {
    const page = { endedSince: new Date(now - LOOK_BACK_MS), after, limit: PAGE };
    const candidates = await store.listCandidates(page);
    for (const { orgId, subscription } of candidates) {
      after = orgId;
      if (dueMilestones(subscription, { releasesNumbers: true }, now).length === 0) continue;
      recorded += await store.record(orgId, now);
    }
    if (candidates.length < PAGE) return recorded;
  }
}
