import type { Role, Scope } from '../../core/actor.ts';

const everyone: readonly Scope[] = [
  'agent:read',
  'conversation:read',
  'run:read',
  'session:read',
  'session:write',
  'sign-in:read',
  'sign-in:write',
  'membership:read',
  'membership:write',
  'organisation:read',
  'member:read',
  'personal-data:read',
  'personal-data:write',
];
const working: readonly Scope[] = [...everyone, 'conversation:write', 'run:write'];
const managing: readonly Scope[] = [...working, 'job:read', 'billing:read'];
const administering: readonly Scope[] = [
  ...managing,
  'organisation:write',
  'member:write',
  'key:read',
  'key:write',
  'billing:write',
];

/** What each role may do in its organisation; default deny. */
export const scopesByRole: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  viewer: new Set(everyone),
  rep: new Set(working),
  manager: new Set(managing),
  admin: new Set(administering),
  owner: new Set([
    ...administering,
    'organisation:transfer',
    'audit:read',
    'organisation-data:read',
    'organisation-data:write',
  ]),
};

/** Without an account: talk to public agents and follow one's own runs; no history. */
export const guestScopes: ReadonlySet<Scope> = new Set([
  'agent:read',
  'run:read',
  'run:write',
  'session:read',
  'session:write',
  'sign-in:read',
  'sign-in:write',
]);

/** What the platform's staff may do besides, in a session of their own. */
const staffScopes: readonly Scope[] = ['support:write'];

/** What nobody does in another person's name: where they are signed in, membership, ownership, keys, payments, and a person's or organisation's data. */
const withheldFromImpersonation: ReadonlySet<Scope> = new Set<Scope>([
  'sign-in:read',
  'sign-in:write',
  'membership:read',
  'membership:write',
  'organisation:transfer',
  'member:write',
  'key:read',
  'key:write',
  'personal-data:read',
  'personal-data:write',
  'organisation-data:read',
  'organisation-data:write',
  'billing:write',
]);

/** What an API key can have at most: the work in the apps, and reading about the organisation. */
export const keyScopes = [
  'agent:read',
  'conversation:read',
  'conversation:write',
  'run:read',
  'run:write',
  'session:read',
  'job:read',
  'organisation:read',
  'member:read',
  'audit:read',
] as const satisfies readonly Scope[];

function setsOf(extra: readonly Scope[], withheld: ReadonlySet<Scope>): Record<Role, ReadonlySet<Scope>> {
  const of = (role: Role) =>
    new Set([...scopesByRole[role], ...extra].filter((scope) => !withheld.has(scope)));
  return {
    owner: of('owner'),
    admin: of('admin'),
    manager: of('manager'),
    rep: of('rep'),
    viewer: of('viewer'),
  };
}

const ofStaff = setsOf(staffScopes, new Set());
const impersonated = setsOf([], withheldFromImpersonation);

/** The rights of a member in a session: of the role, more for staff, fewer while staff acts as the member. */
export function memberScopes(
  role: Role,
  session: { readonly isStaff: boolean; readonly isImpersonated: boolean },
): ReadonlySet<Scope> {
  if (session.isImpersonated) return impersonated[role];
  return (session.isStaff ? ofStaff : scopesByRole)[role];
}
