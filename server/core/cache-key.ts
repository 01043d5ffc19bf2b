import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Actor, Principal } from './actor.ts';

/** Whose answers share an entry: a tenant, and within it everyone with the same `authScope`. */
export interface CacheScope {
  /** An organisation's id, or `public`. */
  readonly orgId: string;
  readonly authScope: string;
}

export interface CacheAddress {
  readonly scope: CacheScope;
  readonly procedure: string;
  readonly input: unknown;
  /** Of the value's schema: raise it and old entries are not found any more. */
  readonly version: number;
}

/** For answers that are the same for everyone, signed in or not. */
export const publicScope: CacheScope = { orgId: 'public', authScope: 'public' };

/** Shared by principals of one organisation that have the very same rights: kind, role, tier, scopes and app. */
export function rightsScope(actor: Actor): CacheScope {
  if (actor.kind === 'anonymous') return { orgId: 'public', authScope: canonical(['anonymous', actor.app]) };
  if (actor.kind === 'system') return { orgId: actor.orgId, authScope: canonical(['system', actor.name]) };
  return { orgId: actor.orgId, authScope: canonical(rightsOf(actor)) };
}

/** For one person's own answers: the rights and the user. */
export function personalScope(actor: Principal): CacheScope {
  return { orgId: actor.orgId, authScope: canonical([...rightsOf(actor), actor.userId]) };
}

function rightsOf(actor: Principal): readonly unknown[] {
  const role = actor.kind === 'guest' ? null : actor.role;
  return [actor.kind, role, actor.tier, actor.app, [...actor.scopes].sort()];
}

/** The entry's key: tagged by tenant so that one tenant's keys stay on one node, hashed so that inputs do not leak into key lists. */
export function cacheKey({ scope, procedure, input, version }: CacheAddress): string {
  const parts = canonical([scope.orgId, scope.authScope, procedure, input ?? null, version]);
  return `rs:{${scope.orgId}}:${procedure}:${hash('sha256', parts, 'base64url')}`;
}

/** RFC 8785: the same value always gives the same text, whatever the order of its keys. */
function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('only JSON values can be part of a cache key');
  return text;
}
