import { checkUsage, compareUsage, exportUsage } from './billing/export-usage.ts';
import { processBillingEvent, retryBillingEvents } from './billing/process-event.ts';
import { reconcileAll, reconcileRecent } from './billing/reconcile.ts';
import { recordNotices } from './billing/record-notices.ts';
import { refreshEntitlements } from './billing/refresh-entitlements.ts';
import { sendNotice } from './billing/send-notice.ts';
import { summariseConversation } from './conversations/summarise-conversation.ts';
import { titleConversation } from './conversations/title-conversation.ts';
import type { JobDeps } from './deps.ts';
import { logOutSite } from './identity/log-out-site.ts';
import { sendHeldMail } from './identity/send-held-mail.ts';
import { retention } from './operations/retention.ts';
import { sendInvitation } from './organisations/send-invitation.ts';
import { tellErasureCancelled } from './personal-data/tell-cancelled.ts';
import { workOnDataRequest } from './personal-data/work-on-request.ts';
import { reapRuns } from './runs/reap-runs.ts';

/** Every durable function of the app: what `/api/inngest` serves. */
export function createJobs(deps: JobDeps) {
  return [
    titleConversation(deps),
    summariseConversation(deps),
    sendInvitation(deps),
    logOutSite(deps),
    sendHeldMail(deps),
    workOnDataRequest(deps),
    tellErasureCancelled(deps),
    reapRuns(deps),
    retention(deps),
    refreshEntitlements(deps),
    exportUsage(deps),
    checkUsage(deps),
    compareUsage(deps),
    reconcileRecent(deps),
    reconcileAll(deps),
    recordNotices(deps),
    sendNotice(deps),
    processBillingEvent(deps),
    retryBillingEvents(deps),
  ];
}
