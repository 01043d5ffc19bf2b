import type { Scope } from './actor.ts';

/** Rights about oneself and one's organisation: in force in every app on every plan, so that anyone can upgrade or leave. */
const accountScopes: ReadonlySet<Scope> = new Set<Scope>([
  'session:read',
  'session:write',
  'sign-in:read',
  'sign-in:write',
  'membership:read',
  'membership:write',
  'organisation:read',
  'organisation:write',
  'organisation:transfer',
  'member:read',
  'member:write',
  'key:read',
  'key:write',
  'audit:read',
  'personal-data:read',
  'personal-data:write',
  'organisation-data:read',
  'organisation-data:write',
  'support:write',
  'billing:read',
  'billing:write',
]);

/** Whether an act that needs `scope` is work in an app, which the app's plan gates. */
export function isWorkInApp(scope: Scope): boolean {
  return !accountScopes.has(scope);
}
