import type { Actor, Principal } from './actor.ts';
import type { Needs } from './call.ts';
import { Failure } from './failure.ts';

/**
 * Whether this actor may do what needs `needs`; default deny. A guest who lacks a scope is asked to sign in,
 * a member is told that the role or plan does not allow it.
 */
export function authorise(needs: Needs, actor: Actor): void {
  if (needs === 'public' || actor.kind === 'system') return;
  if (actor.kind === 'anonymous') throw new Failure('auth.required');
  if (needs === 'authenticated' || actor.scopes.has(needs)) return;
  throw new Failure(actor.kind === 'guest' ? 'auth.required' : 'auth.not-allowed');
}

/** The person behind a call; for bodies whose `needs` already excludes anonymous callers. */
export function principalOf(actor: Actor): Principal {
  if (actor.kind === 'guest' || actor.kind === 'member') return actor;
  throw new Failure('auth.required');
}
