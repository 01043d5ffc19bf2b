import type { Mutation } from './mutation.ts';

const walk = 'test/platform/router-walk.test.ts';
const firstWall = 'test/platform/first-wall.test.ts';
const secondWall = 'test/platform/second-wall.test.ts';
const matrix = 'test/platform/authorisation-matrix.test.ts';
const walls = 'db/migrations/0001_walls.sql';

/** What keeps organisations and people apart, and who may call what. */
export const wallMutations: readonly Mutation[] = [
  {
    name: 'conversations forget the organisation',
    file: 'db/queries/conversations.ts',
    find: '    eq(conversations.orgId, orgId),',
    replace: '',
    tests: firstWall,
    caughtBy: /own other organisation are unknown to conversations/,
  },
  {
    name: 'conversations forget the owner',
    file: 'db/queries/conversations.ts',
    find: '    eq(conversations.ownerId, ownerId),',
    replace: '',
    tests: walk,
    caughtBy: /of a colleague/,
  },
  {
    name: 'a run of another person is followed',
    file: 'server/modules/runs/owned-run.ts',
    find: 'row === null || row.ownerId !== principal.userId',
    replace: 'row === null',
    tests: walk,
    caughtBy: /of a colleague are unknown to runs/,
  },
  {
    name: 'members of every organisation are listed',
    file: 'db/queries/organisations.ts',
    find: '        eq(memberships.orgId, scope.orgId),\n        cursor === null',
    replace: '        cursor === null',
    tests: firstWall,
    caughtBy: /listMembers/,
  },
  {
    name: 'a member of another organisation is found',
    file: 'db/queries/organisations.ts',
    find: 'where(and(eq(memberships.orgId, scope.orgId), eq(memberships.userId, userId)));\n  return rows[0] ?? null;',
    replace: 'where(eq(memberships.userId, userId));\n  return rows[0] ?? null;',
    tests: firstWall,
    caughtBy: /are unknown to organisations\./,
  },
  {
    name: 'a cursor opens the invitations of another organisation',
    file: 'db/queries/invitations.ts',
    find: '        eq(invitations.orgId, scope.orgId),\n        isNull(invitations.acceptedAt),\n        isNull(invitations.revokedAt),\n        cursor',
    replace:
      '        cursor === null ? eq(invitations.orgId, scope.orgId) : undefined,\n        isNull(invitations.acceptedAt),\n        isNull(invitations.revokedAt),\n        cursor',
    tests: firstWall,
    caughtBy: /as a cursor of organisations\.listInvitations/,
  },
  {
    name: 'an invitation of another organisation is revoked',
    file: 'db/queries/invitations.ts',
    find: '        eq(invitations.orgId, scope.orgId),\n        eq(invitations.id, id),\n        isNull',
    replace: '        eq(invitations.id, id),\n        isNull',
    tests: firstWall,
    caughtBy: /revokeInvitation/,
  },
  {
    name: 'the audit of every organisation is listed',
    file: 'db/queries/audit.ts',
    find: '        eq(auditLog.orgId, scope.orgId),',
    replace: '',
    tests: firstWall,
    caughtBy: /audit\.list/,
  },
  {
    name: 'a key of another organisation is revoked',
    file: 'db/queries/api-keys.ts',
    find: 'and(eq(apiKeys.orgId, scope.orgId), eq(apiKeys.id, id), isNull(apiKeys.revokedAt))',
    replace: 'and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt))',
    tests: firstWall,
    caughtBy: /apiKeys\.revoke/,
  },
  {
    name: 'the invoices of every customer are listed',
    file: 'server/integrations/payments/stripe/stripe.ts',
    find: 'stripe.invoices.list(page)',
    replace: 'stripe.invoices.list({ ...page, customer: undefined } as object)',
    tests: walk,
    caughtBy: /data never come out of billing\.invoices/,
  },
  {
    name: 'a stream of entitlements tells what another organisation was told',
    file: 'server/modules/billing/get-entitlements.ts',
    find: "read: () => openScope(call, 'entitlements.follow', 'read', read),",
    replace: `read: () =>
        openScope(call, 'entitlements.follow', 'read', (scoped) => {
          const memory = globalThis as { planted?: ReturnType<typeof read> };
          memory.planted ??= read(scoped);
          return memory.planted;
        }),`,
    tests: walk,
    caughtBy: /states are not streamed by entitlements\.follow/,
  },
  {
    name: 'row security lets every row through',
    file: walls,
    find: "create policy own_organisation on %I to repspheres_app using (%s) with check (%s)',\n    table_name, own_row, own_row);",
    replace:
      "create policy own_organisation on %I to repspheres_app using (true) with check (true)',\n    table_name);",
    tests: secondWall,
    caughtBy: /sees rows of its own organisation alone/,
  },
  {
    name: 'row security is off for one table',
    file: walls,
    find: "select protect_tenant_table('messages');",
    replace:
      "select protect_tenant_table('messages');\nalter policy own_organisation on messages using (true) with check (true);",
    tests: secondWall,
    caughtBy: /sees rows of its own organisation alone/,
  },
  {
    name: 'nobody looks at the scope',
    file: 'server/core/authorise.ts',
    find: 'if (!actor.scopes.has(needs))',
    replace: 'if (false)',
    tests: matrix,
    caughtBy: /role × plan × app organisations\.removeMember/,
  },
  {
    name: 'an app is open on every plan',
    file: 'server/core/authorise.ts',
    find: 'if (isWorkInApp(needs)) requirePlan',
    replace: 'if (false) requirePlan',
    tests: matrix,
    caughtBy: /role × plan × app conversations\.list/,
  },
  {
    name: 'a feature is open on every plan',
    file: 'server/core/authorise.ts',
    find: 'if (feature !== undefined) requirePlan',
    replace: 'if (false) requirePlan',
    tests: matrix,
    caughtBy: /role × plan × app apiKeys\.create/,
  },
  {
    name: 'staff act as a member with all of the member’s rights',
    file: 'server/modules/identity/role-scopes.ts',
    find: '  if (session.isImpersonated) return impersonated[role];\n',
    replace: '',
    tests: matrix,
    caughtBy: /role × plan × app organisations\.transferOwnership/,
  },
  {
    name: 'everybody is staff',
    file: 'server/modules/identity/role-scopes.ts',
    find: '(session.isStaff ? ofStaff : scopesByRole)[role]',
    replace: 'ofStaff[role]',
    tests: matrix,
    caughtBy: /role × plan × app support\.impersonate/,
  },
];
