/** The classes of acts whose audit rows are chained, so that a change of history shows. Source: issue of identity. */
export type AuditClass = 'sign-in' | 'role' | 'key' | 'billing' | 'data-export' | 'support';

/** Acts outside of the router whose class is `sign-in`: those of the identity provider, its doors and its command. */
export const signInActs = [
  'identity.signIn',
  'identity.passFirstFactor',
  'identity.failSecondFactor',
  'identity.replaceSession',
  'identity.endSession',
  'identity.signInToSite',
  'identity.refuseCode',
  'identity.refuseRefresh',
  'identity.exchangeSupabase',
  'identity.addSignInMethod',
  'identity.removeSignInMethod',
  'identity.changePassword',
  'identity.resetPassword',
  'identity.enableSecondFactor',
  'identity.disableSecondFactor',
  'identity.changeBackupCodes',
  'identity.addPasskey',
  'identity.removePasskey',
] as const;
export type SignInAct = (typeof signInActs)[number];

/** Acts of the platform's operators, by command. */
const operatorActs = [
  'support.suspendPerson',
  'support.restorePerson',
  'support.grantStaff',
  'support.revokeStaff',
] as const;

/** Which procedures are of which class; all others are recorded without a chain. The only list. */
const classes: Readonly<Record<string, AuditClass>> = {
  'identity.signInForDevelopment': 'sign-in',
  'identity.signOut': 'sign-in',
  'identity.revokeSession': 'sign-in',
  'identity.revokeOtherSessions': 'sign-in',
  'organisations.create': 'role',
  'organisations.invite': 'role',
  'organisations.revokeInvitation': 'role',
  'organisations.acceptInvitation': 'role',
  'organisations.changeRole': 'role',
  'organisations.removeMember': 'role',
  'organisations.leave': 'role',
  'organisations.transferOwnership': 'role',
  'billing.checkout': 'billing',
  'billing.buyAddOn': 'billing',
  'billing.changePlan': 'billing',
  'billing.cancel': 'billing',
  'billing.resume': 'billing',
  'billing.portal': 'billing',
  'apiKeys.create': 'key',
  'apiKeys.revoke': 'key',
  'personalData.requestExport': 'data-export',
  'personalData.requestErasure': 'data-export',
  'personalData.cancelErasure': 'data-export',
  'organisationData.requestExport': 'data-export',
  'organisationData.requestErasure': 'data-export',
  'organisationData.cancelErasure': 'data-export',
  'conversations.export': 'data-export',
  'support.impersonate': 'support',
  'support.suspendOrganisation': 'support',
  'support.unsuspendOrganisation': 'support',
};

/** Fetching the file of an export by its link. */
const downloads = ['personalData.downloadExport', 'organisationData.downloadExport'] as const;

const outsideOfRouter = new Map<string, AuditClass>([
  ...signInActs.map((name) => [name, 'sign-in'] as const),
  ...operatorActs.map((name) => [name, 'support'] as const),
  // A plan that follows from what the vendor of payments says, a grant, or time.
  ['billing.applyPlan', 'billing'],
  ...downloads.map((name) => [name, 'data-export'] as const),
]);

/** The class of an operation's acts; null for one that is not chained. */
export function auditClassOf(operationName: string): AuditClass | null {
  return classes[operationName] ?? outsideOfRouter.get(operationName) ?? null;
}

/** The procedures that have a class. */
export const chainedOperations: readonly string[] = Object.keys(classes);
