import type { Scope } from './actor.ts';
import type { AppId } from './apps.ts';
import { type Tier, tiers } from './tiers.ts';

/** Features an operation may need, each with the lowest plan that has it. Source: product decisions, RepX tiers. */
export const featureTiers = {
  apiAccess: 'repx5',
} as const satisfies Record<string, Tier>;
export type Feature = keyof typeof featureTiers;

/** The lowest plan that may work in an app. Source: product decisions, RepX tiers. */
export const appTiers: Readonly<Record<AppId, Tier>> = {
  crm: 'repx0',
  market: 'repx0',
  global: 'repx0',
  repconnect: 'repx0',
  canvas: 'repx2',
};

/** Whether a plan is at least `required`. */
export function reaches(tier: Tier, required: Tier): boolean {
  return tiers.indexOf(tier) >= tiers.indexOf(required);
}

/** Rights about oneself and one's organisation: in force in every app on every plan, so that anyone can upgrade or leave. */
const accountScopes: ReadonlySet<Scope> = new Set<Scope>([
  'session:read',
  'session:write',
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
]);

/** Whether an act that needs `scope` is work in an app, which the app's plan gates. */
export function isWorkInApp(scope: Scope): boolean {
  return !accountScopes.has(scope);
}
