import type { Role, Scope } from '../../core/actor.ts';

const everyone: readonly Scope[] = [
  'agent:read',
  'conversation:read',
  'run:read',
  'session:read',
  'organisation:read',
];
const working: readonly Scope[] = [...everyone, 'conversation:write', 'run:write', 'session:write'];

/** What each role may do in its organisation; default deny. */
export const scopesByRole: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  viewer: new Set([...everyone, 'session:write']),
  rep: new Set(working),
  manager: new Set([...working, 'job:read']),
  admin: new Set([...working, 'job:read', 'organisation:write']),
  owner: new Set([...working, 'job:read', 'organisation:write']),
};

/** Without an account: talk to public agents and follow one's own runs; no history. */
export const guestScopes: ReadonlySet<Scope> = new Set([
  'agent:read',
  'run:read',
  'run:write',
  'session:read',
  'session:write',
]);
