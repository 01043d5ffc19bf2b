import type { AppId } from './apps.ts';
import type { Id } from './ids.ts';
import type { Tier } from './tiers.ts';

/** Rights to work in an app, which the app's plan gates. */
const workScopes = [
  'agent:read',
  'conversation:read',
  'conversation:write',
  'run:read',
  'run:write',
  'job:read',
] as const;

/** Rights about oneself and one's organisation: in force in every app on every plan, so that anyone can upgrade or leave. */
const accountScopes = [
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
] as const;

/** What an actor may do, as `noun:act`. The only list. */
export const scopes = [...workScopes, ...accountScopes] as const;
export type Scope = (typeof scopes)[number];

const work: ReadonlySet<Scope> = new Set(workScopes);

/** Whether an act that needs `scope` is work in an app. */
export function isWorkInApp(scope: Scope): boolean {
  return work.has(scope);
}

export const roles = ['owner', 'admin', 'manager', 'rep', 'viewer'] as const;
export type Role = (typeof roles)[number];

interface PrincipalBase {
  readonly orgId: Id<'organisation'>;
  readonly userId: Id<'user'>;
  readonly app: AppId;
  readonly tier: Tier;
  readonly scopes: ReadonlySet<Scope>;
  /** When the proof of identity ends, in ms since 1970; sockets end with it. */
  readonly expiresAt: number;
}

/** Without an account: an organisation of its own, so that the walls between tenants also stand between guests. */
export interface GuestActor extends PrincipalBase {
  readonly kind: 'guest';
  readonly sessionId: Id<'session'>;
}

export interface MemberActor extends PrincipalBase {
  readonly kind: 'member';
  readonly sessionId: Id<'session'>;
  readonly role: Role;
  /** Who of the platform's staff acts as this member; absent for the member in person. */
  readonly impersonatorId?: Id<'user'>;
}

/** A program with an API key: acts for the member who made the key, with the rights both have. */
export interface ApiKeyActor extends PrincipalBase {
  readonly kind: 'api-key';
  readonly keyId: Id<'apiKey'>;
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

/** Whoever has a session. */
export type SessionActor = GuestActor | MemberActor;
export type Principal = SessionActor | ApiKeyActor;
export type Actor = Principal | SystemActor | AnonymousActor;

/** Who an audit row and an idempotency key belong to. */
export function actorId(actor: Actor): string {
  if (actor.kind === 'system') return `system:${actor.name}`;
  if (actor.kind === 'anonymous') return 'anonymous';
  return actor.userId;
}

/** Who of the staff acts as the actor; null for everybody in person. */
export function impersonatorOf(actor: Actor): Id<'user'> | null {
  return actor.kind === 'member' ? (actor.impersonatorId ?? null) : null;
}
