import { type Actor, isWorkInApp, type MemberActor, type Principal, type SessionActor } from './actor.ts';
import type { AppId } from './apps.ts';
import type { Needs } from './call.ts';
import { Failure } from './failure.ts';
import { appTiers, type Feature, requiredTierFor } from './plans.ts';
import { reaches, type Tier } from './tiers.ts';

/** What an operation asks of its caller: a right, and where the plan must have it, a feature. */
export interface Guard {
  readonly needs: Needs;
  readonly feature?: Feature;
}

export interface Caller {
  readonly actor: Actor;
  readonly app: AppId;
}

/**
 * Whether this caller may do what `guard` protects; default deny. A guest who lacks a scope or a plan is asked to sign
 * in (`auth.required`), a member is told that the role (`auth.not-allowed`) or the plan (`plan.upgrade-required`, with
 * the plan that would do) does not allow it.
 */
export function authorise({ needs, feature }: Guard, { actor, app }: Caller): void {
  if (needs === 'public' || actor.kind === 'system') return;
  if (actor.kind === 'anonymous') throw new Failure('auth.required');
  if (needs !== 'authenticated') {
    if (!actor.scopes.has(needs))
      throw new Failure(actor.kind === 'guest' ? 'auth.required' : 'auth.not-allowed');
    if (isWorkInApp(needs)) requirePlan(actor, appTiers[app]);
  }
  if (feature !== undefined) requirePlan(actor, requiredTierFor(feature));
}

function requirePlan(actor: Principal, requiredTier: Tier): void {
  if (reaches(actor.tier, requiredTier)) return;
  throw actor.kind === 'guest'
    ? new Failure('auth.required')
    : new Failure('plan.upgrade-required', { requiredTier });
}

/** Whether an actor is somebody: a guest, a member or a program of a member. */
export function isPrincipal(actor: Actor): actor is Principal {
  return actor.kind === 'guest' || actor.kind === 'member' || actor.kind === 'api-key';
}

/** The person behind a call; for bodies whose `needs` already excludes anonymous callers. */
export function principalOf(actor: Actor): Principal {
  if (isPrincipal(actor)) return actor;
  throw new Failure('auth.required');
}

/** The person behind a call who has a session; throws `auth.not-allowed` for an API key. */
export function sessionOf(actor: Actor): SessionActor {
  const principal = principalOf(actor);
  if (principal.kind === 'api-key') throw new Failure('auth.not-allowed');
  return principal;
}

/** The member behind a call, signed in by a session of their own; throws `auth.not-allowed` for anybody else. */
export function memberOf(actor: Actor): MemberActor {
  if (actor.kind === 'member') return actor;
  throw new Failure('auth.not-allowed');
}
