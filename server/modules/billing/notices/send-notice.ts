import { z } from 'zod';
import { plans } from '../../../core/plans.ts';
import type { EmailSender } from '../../../integrations/email/port.ts';
import { milestonesOf, noticeKinds } from './milestones.rules.ts';
import type { NoticeStore } from './notice-store.ts';
import { noticeText } from './notice-texts.ts';

/** What was stored with a notice when it fell due. */
const Detail = z.object({
  kind: z.enum(noticeKinds),
  subscriptionId: z.string(),
  about: z.number(),
  userId: z.string(),
});

export interface SendDeps {
  readonly store: NoticeStore;
  readonly email: EmailSender;
  /** The page of the apps where plans and cards are changed. */
  readonly page: string;
}

/**
 * Mails a notice that is still true: not to somebody who paid or resumed since. May be repeated: a notice that was sent
 * is not sent again, and one whose sending was cut short goes out under the same message id.
 */
export async function sendNotice(
  deps: SendDeps,
  { orgId, key }: { orgId: string; key: string },
): Promise<{ sent: boolean }> {
  const found = await deps.store.findOpen(orgId, key);
  if (found === null) return { sent: false };
  const { subscription, contact } = found;
  const detail = Detail.parse(found.detail);
  const facts = { releasesNumbers: true, grantedUntil: found.grantedUntil, announced: null };
  const milestones = subscription === null ? [] : milestonesOf(subscription, facts, found.now);
  // Whether the state that made the milestone is still the subscription's.
  const isTrue = milestones.some((milestone) => key.startsWith(`${milestone.key}:`));
  if (isTrue && subscription !== null && contact !== null) {
    const plan = plans[subscription.tier ?? 'repx0'].name;
    const { organisation, email } = contact;
    const text = { organisation, plan, about: detail.about, page: deps.page };
    await deps.email.send({ to: email, id: `${orgId}:${key}`, ...noticeText(detail.kind, text) });
  }
  await deps.store.finish(orgId, key);
  return { sent: isTrue && contact !== null };
}
