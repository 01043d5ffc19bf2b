import { dueMilestones, STALE_DAYS } from './milestones.rules.ts';
import type { NoticeStore } from './notice-store.ts';

const PAGE = 500;
/** An end that is longer ago is told no more. */
const LOOK_BACK_MS = STALE_DAYS * 86_400_000;
/** What may be due: the store knows what is. */
const any = { releasesNumbers: true, grantedUntil: null, announced: null };

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
      if (dueMilestones(subscription, any, now).length === 0) continue;
      recorded += await store.record(orgId, now);
    }
    if (candidates.length < PAGE) return recorded;
  }
}
