// Generated from the running router by `npm run sdk:generate`. Do not edit.

/** How a procedure is called. `public`: needs no sign-in; with `cacheSeconds` its answer may be kept by a CDN. */
export interface ProcedureFlags {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly public?: boolean;
  readonly cacheSeconds?: number;
}

export const procedures: { readonly [path: string]: ProcedureFlags } = {
  'agents.categories': { kind: 'query', public: true, cacheSeconds: 300 },
  'agents.get': { kind: 'query', public: true, cacheSeconds: 300 },
  'agents.list': { kind: 'query', public: true, cacheSeconds: 300 },
  'billing.plans': { kind: 'query', public: true, cacheSeconds: 3600 },
  'conversations.create': { kind: 'mutation' },
  'conversations.delete': { kind: 'mutation' },
  'conversations.export': { kind: 'query' },
  'conversations.get': { kind: 'query' },
  'conversations.list': { kind: 'query' },
  'conversations.rename': { kind: 'mutation' },
  'conversations.search': { kind: 'query' },
  'entitlements.check': { kind: 'query' },
  'entitlements.follow': { kind: 'subscription' },
  'entitlements.get': { kind: 'query' },
  'identity.getSession': { kind: 'query' },
  'identity.listSessions': { kind: 'query' },
  'identity.renewToken': { kind: 'mutation' },
  'identity.revokeOtherSessions': { kind: 'mutation' },
  'identity.revokeSession': { kind: 'mutation' },
  'identity.signInForDevelopment': { kind: 'mutation', public: true },
  'identity.signOut': { kind: 'mutation' },
  'identity.startGuest': { kind: 'mutation', public: true },
  'organisations.acceptInvitation': { kind: 'mutation' },
  'organisations.changeRole': { kind: 'mutation' },
  'organisations.create': { kind: 'mutation' },
  'organisations.get': { kind: 'query' },
  'organisations.invite': { kind: 'mutation' },
  'organisations.leave': { kind: 'mutation' },
  'organisations.list': { kind: 'query' },
  'organisations.listInvitations': { kind: 'query' },
  'organisations.listMembers': { kind: 'query' },
  'organisations.removeMember': { kind: 'mutation' },
  'organisations.rename': { kind: 'mutation' },
  'organisations.revokeInvitation': { kind: 'mutation' },
  'organisations.switch': { kind: 'mutation' },
  'organisations.transferOwnership': { kind: 'mutation' },
  'runs.cancel': { kind: 'mutation' },
  'runs.follow': { kind: 'subscription' },
  'runs.get': { kind: 'query' },
  'runs.start': { kind: 'mutation' },
  'runs.startAndFollow': { kind: 'subscription' },
  'usage.follow': { kind: 'subscription' },
  'usage.summary': { kind: 'query' },
};
