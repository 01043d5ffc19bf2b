import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';

/** The queries a scope can make. No nested transactions: a scope is one. */
export type ScopedDb = Pick<
  PostgresJsDatabase<Record<string, never>>,
  | 'select'
  | 'selectDistinct'
  | 'selectDistinctOn'
  | 'insert'
  | 'update'
  | 'delete'
  | 'execute'
  | 'with'
  | '$with'
  | '$count'
>;

declare const brand: unique symbol;

/** A running transaction bound to one organisation: as role repspheres_app it sees and writes no other's rows. */
export interface OrgScope {
  readonly kind: 'org';
  readonly orgId: string;
  readonly db: ScopedDb;
  readonly [brand]: 'org';
}

/** A running transaction as role repspheres_system, which sees all tenants: reaper, relay, retention. */
export interface SystemScope {
  readonly kind: 'system';
  readonly db: ScopedDb;
  readonly [brand]: 'system';
}

export type AnyScope = OrgScope | SystemScope;

/** Only db/tx.ts may make scopes: the brand exists for the type checker alone. */
export function brandOrgScope(orgId: string, db: ScopedDb): OrgScope {
  return { kind: 'org', orgId, db } as OrgScope;
}

export function brandSystemScope(db: ScopedDb): SystemScope {
  return { kind: 'system', db } as SystemScope;
}
