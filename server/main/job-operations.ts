import { expireHolds } from '../../db/queries/usage-ledger.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { JobOperations } from '../../jobs/deps.ts';
import { createRetentionOperations } from '../../jobs/operations/maintenance.ts';
import type { SystemActor } from '../core/actor.ts';
import type { Call } from '../core/call.ts';
import { newId } from '../core/ids.ts';
import type { Ports } from '../core/ports.ts';
import { billingOf } from '../modules/billing/billing-access.ts';
import { billingMode } from '../modules/billing/current-entitlements.ts';
import { processEvent } from '../modules/billing/process-event.ts';
import { refreshDueEntitlements } from '../modules/billing/refresh-entitlements.ts';
import { postgresRightsStore } from '../modules/billing/store.postgres.ts';
import { summariseConversation } from '../modules/conversations/summarise-conversation.ts';
import { titleConversation } from '../modules/conversations/title-conversation.ts';
import { sendInvitation } from '../modules/organisations/send-invitation.ts';
import { tellErasureCancelled } from '../modules/personal-data/tell-cancelled.ts';
import {
  beginDataRequest,
  finishDataRequest,
  workOnTable,
} from '../modules/personal-data/work-on-request.ts';
import { createBillingOperations } from './billing-operations.ts';

/** The operations behind the durable functions, called as the system on behalf of an organisation. */
export function createJobOperations(ports: Ports): JobOperations {
  const asSystem = (orgId: string): Call => ({
    actor: { kind: 'system', orgId, name: 'jobs' } as SystemActor,
    app: 'global',
    requestId: newId('request'),
    address: '0.0.0.0',
    signal: new AbortController().signal,
    idempotencyKey: null,
    ports,
  });
  return {
    titleConversation: ({ orgId, conversationId }) =>
      titleConversation.run(asSystem(orgId), { conversationId }),
    summariseConversation: ({ orgId, conversationId }) =>
      summariseConversation.run(asSystem(orgId), { conversationId }),
    sendInvitation: ({ orgId, invitationId }) => sendInvitation.run(asSystem(orgId), { invitationId }),
    processBillingEvent: async ({ eventId }) => ({ outcome: await processEvent(billingOf(ports), eventId) }),
    refreshEntitlements: async () => ({
      refreshed: await refreshDueEntitlements(postgresRightsStore(ports.database, billingMode(ports))),
    }),
    expireUsageHolds: async () => ({
      expired: await withSystemScope(ports.database, 'write', (scope) => expireHolds(scope)),
    }),
    logOutSite: (ended) => ports.identity.logOutSite(ended),
    sendHeldMail: (held) => ports.waitedMail.sendHeld(held),
    beginDataRequest: ({ requestId }) => beginDataRequest(ports, requestId),
    workOnTable: ({ requestId, table }) => workOnTable(ports, requestId, table),
    finishDataRequest: ({ requestId }) => finishDataRequest(ports, requestId),
    tellErasureCancelled: (cancelled) => tellErasureCancelled(ports, cancelled),
    ...createBillingOperations(ports),
    reapRuns: async () => ({ reaped: await ports.runs.reap() }),
    ...createRetentionOperations({ database: ports.database, clock: ports.clock }),
  };
}
