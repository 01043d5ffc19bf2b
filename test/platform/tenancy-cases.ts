import { randomUUID } from 'node:crypto';
import { newId } from '../../server/core/ids.ts';
import type { Tier } from '../../server/core/tiers.ts';
import { appUrl } from '../billing/stripe-backend.ts';
import type { Owned } from './walk-world.ts';

/**
 * How a procedure is tried with another organisation's ids. `notFound`: the input that names them. `refused`: the same,
 * with the code of a refusal that tells nothing. `own`: takes no id of a tenant, answers from the caller's own rows;
 * `as` where somebody else must call: the call ends their sessions, or needs another plan. `changedBy`: a stream of the
 * caller's own state, and the act that moves it. `common`: the same answer for everyone, without a sign-in.
 */
export type TenancyCase =
  | { readonly notFound: (owned: Owned) => unknown }
  | { readonly refused: (owned: Owned) => unknown; readonly code: string }
  | { readonly own: unknown; readonly as?: { readonly tier?: Tier } }
  | { readonly changedBy: { readonly path: string; readonly input: () => unknown }; readonly read: string }
  | { readonly common: true };

const intoConversation = ({ conversationId }: Owned) => ({
  conversationId,
  agentId: 'harvey-specter',
  message: 'Let me in',
  clientKey: randomUUID(),
});

const returning = { successUrl: appUrl, cancelUrl: appUrl };

/** One case a procedure; the walk fails for a procedure without. */
export const tenancyCases: Readonly<Record<string, TenancyCase>> = {
  'agents.list': { common: true },
  'agents.get': { common: true },
  'agents.categories': { common: true },
  'billing.plans': { common: true },
  'billing.checkout': {
    refused: () => ({ tier: 'repx3', ...returning }),
    code: 'billing.already-subscribed',
  },
  'billing.buyAddOn': {
    own: { addOn: 'aiQueries', quantity: 10, ...returning },
    as: { tier: 'repx4' },
  },
  'billing.previewPlan': { own: { tier: 'repx3' } },
  'billing.changePlan': { own: { tier: 'repx3' } },
  'billing.cancel': { own: undefined },
  'billing.resume': { own: undefined },
  'billing.portal': { own: { returnUrl: appUrl } },
  'billing.invoices': { own: undefined },
  'entitlements.get': { own: undefined },
  'entitlements.check': { own: { feature: 'smsAccess' } },
  'entitlements.follow': {
    changedBy: { path: 'billing.cancel', input: () => undefined },
    read: 'entitlements.get',
  },
  'usage.summary': { own: undefined },
  'usage.follow': {
    changedBy: {
      path: 'runs.start',
      input: () => ({ agentId: 'harvey-specter', message: 'Hello', clientKey: randomUUID() }),
    },
    read: 'usage.summary',
  },
  'apiKeys.create': { own: { name: 'Mine', scopes: ['run:read'] } },
  'apiKeys.list': { own: undefined },
  'apiKeys.revoke': { notFound: ({ keyId }) => ({ id: keyId }) },
  'audit.list': { own: undefined },
  'conversations.create': { own: { agentId: 'harvey-specter', clientKey: 'cross-tenant' } },
  'conversations.list': { own: undefined },
  'conversations.get': { notFound: ({ conversationId }) => ({ id: conversationId }) },
  'conversations.rename': { notFound: ({ conversationId }) => ({ id: conversationId, title: 'Mine now' }) },
  'conversations.delete': { notFound: ({ conversationId }) => ({ id: conversationId }) },
  'conversations.search': { own: { query: 'pelican' } },
  'conversations.export': { notFound: ({ conversationId }) => ({ id: conversationId, format: 'json' }) },
  'identity.startGuest': { common: true },
  'identity.signInForDevelopment': { common: true },
  'identity.getSession': { own: undefined },
  'identity.renewToken': { own: undefined },
  'identity.signOut': { own: undefined, as: {} },
  'identity.listSessions': { own: undefined },
  'identity.revokeSession': { notFound: ({ sessionId }) => ({ sessionId }) },
  'identity.revokeOtherSessions': { own: undefined, as: {} },
  'organisationData.requestExport': { own: undefined },
  'organisationData.requestErasure': {
    refused: () => ({ confirm: 'Not my name' }),
    code: 'data-request.not-confirmed',
  },
  'organisationData.cancelErasure': { notFound: ({ dataRequestId }) => ({ id: dataRequestId }) },
  'organisationData.getRequest': { notFound: ({ dataRequestId }) => ({ id: dataRequestId }) },
  'organisationData.listRequests': { own: undefined },
  'personalData.requestExport': { own: undefined },
  'personalData.requestErasure': {
    refused: () => ({ confirm: 'pelican@example.com' }),
    code: 'data-request.not-confirmed',
  },
  'personalData.cancelErasure': { notFound: ({ personalRequestId }) => ({ id: personalRequestId }) },
  'personalData.getRequest': { notFound: ({ personalRequestId }) => ({ id: personalRequestId }) },
  'personalData.listRequests': { own: undefined },
  'organisations.list': { own: undefined },
  'organisations.get': { own: undefined },
  'organisations.create': { own: { name: 'Another' } },
  'organisations.rename': { own: { name: 'Renamed' } },
  'organisations.switch': { notFound: ({ orgId }) => ({ organisationId: orgId }) },
  'organisations.leave': { refused: () => undefined, code: 'member.is-owner' },
  'organisations.listMembers': { own: undefined },
  'organisations.changeRole': { notFound: ({ userId }) => ({ userId, role: 'viewer' }) },
  'organisations.removeMember': { notFound: ({ userId }) => ({ userId }) },
  'organisations.transferOwnership': { notFound: ({ userId }) => ({ userId }) },
  'organisations.invite': { own: { email: `${newId('event')}@example.com` } },
  'organisations.listInvitations': { own: undefined },
  'organisations.revokeInvitation': { notFound: ({ invitationId }) => ({ id: invitationId }) },
  'organisations.getInvitation': {
    refused: ({ invitationToken }) => ({ token: invitationToken }),
    code: 'invitation.wrong-address',
  },
  'organisations.acceptInvitation': {
    refused: ({ invitationToken }) => ({ token: invitationToken }),
    code: 'invitation.wrong-address',
  },
  'runs.start': { notFound: intoConversation },
  'runs.get': { notFound: ({ runId }) => ({ runId }) },
  'runs.cancel': { notFound: ({ runId }) => ({ runId }) },
  'runs.follow': { notFound: ({ runId }) => ({ runId }) },
  'runs.startAndFollow': { notFound: intoConversation },
  'support.impersonate': {
    refused: ({ orgId, userId }) => ({ organisationId: orgId, userId, reason: 'Not one of the staff' }),
    code: 'auth.not-allowed',
  },
  'support.suspendOrganisation': {
    refused: ({ orgId }) => ({ organisationId: orgId, reason: 'Not one of the staff' }),
    code: 'auth.not-allowed',
  },
  'support.unsuspendOrganisation': {
    refused: ({ orgId }) => ({ organisationId: orgId, reason: 'Not one of the staff' }),
    code: 'auth.not-allowed',
  },
};
