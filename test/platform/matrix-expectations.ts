import type { Role } from '../../server/core/actor.ts';
import type { Tier } from '../../server/core/tiers.ts';

/**
 * Who may call a procedure, written by hand from the product's decisions, not from the code's tables. What is not named
 * is denied. `work`: done in an app, so the app's plan gates it too.
 */
export interface Expectation {
  readonly roles: readonly Role[];
  /** The lowest plan that includes it; default every plan. */
  readonly from?: Tier;
  readonly work?: true;
  readonly anonymous?: true;
  readonly guest?: true;
  /** An API key that was given every right a key may have, of an owner. */
  readonly apiKey?: true;
  /** One of the staff acting as an owner. */
  readonly impersonation?: true;
  /** One of the staff in a session of their own, as a rep, where a rep may not. */
  readonly staff?: true;
}

const all: readonly Role[] = ['owner', 'admin', 'manager', 'rep', 'viewer'];
const workers: readonly Role[] = ['owner', 'admin', 'manager', 'rep'];
const admins: readonly Role[] = ['owner', 'admin'];

const anyone: Expectation = { roles: all, anonymous: true, guest: true, apiKey: true, impersonation: true };
const principals: Expectation = { roles: all, guest: true, apiKey: true, impersonation: true };
const sessions: Expectation = { roles: all, guest: true, impersonation: true };
const ownSessions: Expectation = { roles: all, guest: true };
const reading: Expectation = { roles: all, work: true, apiKey: true, impersonation: true };
const working: Expectation = { roles: workers, work: true, apiKey: true, impersonation: true };
const inPerson: Expectation = { roles: all };
const administering: Expectation = { roles: admins };

/** One expectation a procedure; the matrix fails for a procedure without. */
export const expectations: Readonly<Record<string, Expectation>> = {
  'agents.list': anyone,
  'agents.get': anyone,
  'agents.categories': anyone,
  'billing.plans': anyone,
  'billing.checkout': administering,
  'billing.buyAddOn': administering,
  'billing.previewPlan': { roles: ['owner', 'admin', 'manager'], impersonation: true },
  'billing.changePlan': administering,
  'billing.cancel': administering,
  'billing.resume': administering,
  'billing.portal': administering,
  'billing.invoices': { roles: ['owner', 'admin', 'manager'], impersonation: true },
  'entitlements.get': principals,
  'entitlements.check': principals,
  'entitlements.follow': principals,
  'usage.summary': principals,
  'usage.follow': principals,
  'apiKeys.create': { roles: admins, from: 'repx5' },
  'apiKeys.list': administering,
  'apiKeys.revoke': administering,
  'audit.list': { roles: ['owner'], apiKey: true, impersonation: true },
  'conversations.create': working,
  'conversations.list': reading,
  'conversations.get': reading,
  'conversations.rename': working,
  'conversations.delete': working,
  'conversations.search': reading,
  'conversations.export': reading,
  'identity.startGuest': anyone,
  'identity.signInForDevelopment': anyone,
  'identity.getSession': principals,
  'identity.renewToken': sessions,
  'identity.signOut': sessions,
  'identity.listSessions': ownSessions,
  'identity.revokeSession': ownSessions,
  'identity.revokeOtherSessions': ownSessions,
  'organisationData.requestExport': { roles: ['owner'] },
  'organisationData.requestErasure': { roles: ['owner'] },
  'organisationData.cancelErasure': { roles: ['owner'] },
  'organisationData.getRequest': { roles: ['owner'] },
  'organisationData.listRequests': { roles: ['owner'] },
  'personalData.requestExport': inPerson,
  'personalData.requestErasure': inPerson,
  'personalData.cancelErasure': inPerson,
  'personalData.getRequest': inPerson,
  'personalData.listRequests': inPerson,
  'organisations.list': inPerson,
  'organisations.get': { roles: all, apiKey: true, impersonation: true },
  'organisations.create': inPerson,
  'organisations.rename': { roles: admins, impersonation: true },
  'organisations.switch': inPerson,
  'organisations.leave': inPerson,
  'organisations.listMembers': { roles: all, apiKey: true, impersonation: true },
  'organisations.changeRole': administering,
  'organisations.removeMember': administering,
  'organisations.transferOwnership': { roles: ['owner'] },
  'organisations.invite': administering,
  'organisations.listInvitations': administering,
  'organisations.revokeInvitation': administering,
  'organisations.getInvitation': inPerson,
  'organisations.acceptInvitation': inPerson,
  'runs.start': { ...working, guest: true },
  'runs.get': { ...reading, guest: true },
  'runs.cancel': { ...working, guest: true },
  'runs.follow': { ...reading, guest: true },
  'runs.startAndFollow': { ...working, guest: true },
  'support.impersonate': { roles: [], staff: true },
  'support.suspendOrganisation': { roles: [], staff: true },
  'support.unsuspendOrganisation': { roles: [], staff: true },
};
