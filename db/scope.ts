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

/** What a scope sends its statements through; for db/hot-query.ts, everybody else uses `db`. */
export interface ScopeClient {
  readonly db: ScopedDb;
  unsafe(
    text: string,
    parameters: unknown[],
  ): PromiseLike<unknown> & { values(): PromiseLike<readonly unknown[][]> };
}

declare const brand: unique symbol;

/** A running transaction bound to one organisation: as role repspheres_app it sees and writes no other's rows. */
export interface OrgScope {
  readonly kind: 'org';
  readonly orgId: string;
  readonly client: ScopeClient;
  readonly db: ScopedDb;
  readonly [brand]: 'org';
}

/** A running transaction as role repspheres_system, which sees all tenants: reaper, relay, retention. */
export interface SystemScope {
  readonly kind: 'system';
  readonly client: ScopeClient;
  readonly db: ScopedDb;
  readonly [brand]: 'system';
}

export type AnyScope = OrgScope | SystemScope;

/** Only db/tx.ts may make scopes: the brand exists for the type checker alone. */
export function brandOrgScope(orgId: string, client: ScopeClient): OrgScope {
  return {
    kind: 'org',
    orgId,
    client,
    get db() {
      return client.db;
    },
  } as OrgScope;
}

export function brandSystemScope(client: ScopeClient): SystemScope {
  return {
    kind: 'system',
    client,
    get db() {
      return client.db;
    },
  } as SystemScope;
}
