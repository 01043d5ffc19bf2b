import type { Mutation } from './mutation.ts';

const writes = 'test/platform/writes-walk.test.ts';
const members = 'test/organisations/members.test.ts';
const invitations = 'test/organisations/invitations.test.ts';
const sockets = 'test/organisations/sockets.wire.ts';
const keys = 'test/api-keys/api-keys.test.ts';
const support = 'test/support-access/impersonation.test.ts';
const protection = 'test/identity/protection.test.ts';
const chain = 'test/audit/audit-chain.test.ts';
const walls = 'db/migrations/0001_walls.sql';

/** What single acts check besides. */
export const actMutations: readonly Mutation[] = [
  {
    name: 'an idempotency key of another person is answered',
    file: 'server/core/idempotency.ts',
    find: 'actorId: actorId(call.actor),',
    replace: "actorId: 'anyone',",
    tests: writes,
    caughtBy: /does not answer another person/,
  },
  {
    name: 'an invitation is accepted by another address',
    file: 'server/modules/organisations/organisations.rules.ts',
    find: "if (by.email?.toLowerCase() !== invitation.email) throw new Failure('invitation.wrong-address');",
    replace: '',
    tests: invitations,
    caughtBy: /of no use to another address/,
  },
  {
    name: 'an invitation is accepted by an unverified address',
    file: 'db/queries/organisations.ts',
    find: 'return rows[0]?.emailVerified === true ? rows[0].email : null;',
    replace: 'return rows[0]?.email ?? null;',
    tests: invitations,
    caughtBy: /nor to an unverified one/,
  },
  {
    name: 'an invitation is accepted without its proof',
    file: 'db/queries/invitations.ts',
    find: '        eq(invitations.tokenHash, invitation.tokenHash),\n',
    replace: '',
    tests: invitations,
    caughtBy: /is not accepted with another proof/,
  },
  {
    name: 'an invitation is accepted twice',
    file: 'server/modules/organisations/organisations.rules.ts',
    find: "if (invitation.acceptedAt !== null || invitation.revokedAt !== null) throw new Failure('invitation.used');",
    replace: '',
    tests: invitations,
    caughtBy: /was revoked or replaced/,
  },
  {
    name: 'a removed member’s socket lives on',
    file: walls,
    find: "  perform announce_principal_change(jsonb_build_object('kind', 'changed', 'userId', person)::text);\n",
    replace: '',
    tests: sockets,
    caughtBy: /a member who is removed/,
  },
  {
    name: 'the owner is removed',
    file: 'server/modules/organisations/change-members.ts',
    find: '    requireNotOwner(member);\n    await endMembership(call.scope, userId);',
    replace: '    await endMembership(call.scope, userId);',
    tests: members,
    caughtBy: /is never the owner/,
  },
  {
    name: 'support goes on in the name of a removed member',
    file: walls,
    find: 'revoked_at is null and impersonator_id is null;',
    replace: 'revoked_at is null;',
    tests: members,
    caughtBy: /that support opened in their name/,
  },
  {
    name: 'a living session is deleted with its membership',
    file: walls,
    find: 'when (old.revoked_at is null and old.expires_at > now()) execute',
    replace: 'when (false) execute',
    tests: members,
    caughtBy: /can be deleted while the session lives/,
  },
  {
    name: 'the owner’s role is changed',
    file: 'server/modules/organisations/change-members.ts',
    find: '    requireNotOwner(member);\n    await setRole(call.scope, userId, role);',
    replace: '    await setRole(call.scope, userId, role);',
    tests: members,
    caughtBy: /of the owner is changed by nobody/,
  },
  {
    name: 'a session is put into an organisation of others',
    file: 'db/queries/identity.ts',
    find: '  if (!(await isMember(scope, move))) return null;\n',
    replace: '',
    tests: members,
    caughtBy: /to an organisation of others/,
  },
  {
    name: 'a token of the organisation left behind is still taken',
    file: 'server/modules/identity/session-principals.ts',
    find: "    if (!isIn(row, claims.orgId)) throw new Failure('auth.expired-token');\n",
    replace: '',
    tests: members,
    caughtBy: /the old token must be renewed/,
  },
  {
    name: 'a key has rights that its maker lost',
    file: 'server/modules/identity/api-key-tokens.ts',
    find: 'granted.has(scope) && scopesByRole[role].has(scope)',
    replace: 'granted.has(scope)',
    tests: keys,
    caughtBy: /never more rights than its maker/,
  },
  {
    name: 'any secret opens a key',
    file: 'server/modules/identity/session-principals.ts',
    find: 'if (row === undefined || !matchesSecret(row, secret))',
    replace: 'if (row === undefined)',
    tests: keys,
    caughtBy: /with another secret is refused/,
  },
  {
    name: 'a revoked key is remembered as good',
    file: 'server/modules/api-keys/api-key-operations.ts',
    find: "    await notifyPrincipalChange(call.scope, JSON.stringify({ kind: 'revoked', keyId: id }));\n",
    replace: '',
    tests: keys,
    caughtBy: /ends within 1 s on every process/,
  },
  {
    name: 'a key is given more than its maker has',
    file: 'server/modules/api-keys/api-key-operations.ts',
    find: "if (input.scopes.some((scope) => !member.scopes.has(scope))) throw new Failure('api-key.scope-refused');",
    replace: '',
    tests: keys,
    caughtBy: /is not made with rights that its maker lacks/,
  },
  {
    name: 'what staff ask as a member is not on record',
    file: 'server/core/scoped.ts',
    find: '  if (impersonatorOf(actor) === null) return;',
    replace: '  return;',
    tests: support,
    caughtBy: /so is every call, with both identities/,
  },
  {
    name: 'the access token of a reused code is good',
    file: 'server/integrations/auth/store.ts',
    find: "        if (query.model === 'verification') await noteSpentCode(scope, row);\n",
    replace: '',
    tests: 'test/identity/oidc.test.ts',
    caughtBy: /using it again revokes what it gave/,
  },
  {
    name: 'a site of somebody else acts as the person',
    file: 'server/integrations/auth/oidc.ts',
    find: 'client.skipConsent ? { org: orgId, app: metadata?.app } : {}',
    replace: '{ org: orgId, app: metadata?.app }',
    tests: 'test/identity/oidc.test.ts',
    caughtBy: /its token opens no door of ours/,
  },
  {
    name: 'a code of an authenticator is good twice',
    file: 'server/integrations/auth/store.ts',
    find: '        await spendCode(adapter, scope, query);\n',
    replace: '',
    tests: protection,
    caughtBy: /a code of an authenticator is good once/,
  },
  {
    name: 'the audit chain does not hold the content',
    file: walls,
    find: 'entry.operation, entry.subject, entry.outcome, entry.request_id',
    replace: "entry.operation, '', entry.outcome, entry.request_id",
    tests: chain,
    caughtBy: /shows an edit of subject/,
  },
];
