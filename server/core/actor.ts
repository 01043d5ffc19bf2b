import type { AppId } from './apps.ts';
import type { Id } from './ids.ts';
import type { Tier } from './tiers.ts';

/** What an actor may do, as `noun:act`. The only list. */
export const scopes = [
  'agent:read',
  'conversation:read',
  'conversation:write',
  'run:read',
  'run:write',
  'session:read',
  'session:write',
  'job:read',
  'organisation:read',
  'organisation:write',
] as const;
export type Scope = (typeof scopes)[number];

export const roles = ['owner', 'admin', 'manager', 'rep', 'viewer'] as const;
export type Role = (typeof roles)[number];

interface PrincipalBase {
  readonly orgId: Id<'organisation'>;
  readonly app: AppId;
  readonly tier: Tier;
  readonly scopes: ReadonlySet<Scope>;
  /** When the proof of identity ends, in ms since 1970; sockets end with it. */
  readonly expiresAt: number;
}

/** Without an account: an organisation of its own, so that the walls between tenants also stand between guests. */
export interface GuestActor extends PrincipalBase {
  readonly kind: 'guest';
  readonly userId: Id<'user'>;
  readonly sessionId: Id<'session'>;
}

export interface MemberActor extends PrincipalBase {
  readonly kind: 'member';
  readonly userId: Id<'user'>;
  readonly sessionId: Id<'session'>;
  readonly role: Role;
}

/** Our own work on behalf of nobody: jobs, reaper, relay. Bound to one organisation. */
export interface SystemActor {
  readonly kind: 'system';
  readonly orgId: Id<'organisation'>;
  readonly name: string;
}

/** No proof of identity at all: may call only procedures that need none. */
export interface AnonymousActor {
  readonly kind: 'anonymous';
  readonly app: AppId;
}

export type Principal = GuestActor | MemberActor;
export type Actor = Principal | SystemActor | AnonymousActor;

/** Who an audit row and an idempotency key belong to. */
export function actorId(actor: Actor): string {
  if (actor.kind === 'system') return `system:${actor.name}`;
  if (actor.kind === 'anonymous') return 'anonymous';
  return actor.userId;
}
