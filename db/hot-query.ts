import type { PgPreparedQuery } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import type { AnyScope, ScopedDb } from './scope.ts';

/** A drizzle query with placeholders, ready to be compiled. */
interface Compilable<T> {
  prepare(name: string): PgPreparedQuery<{ execute: T; all: unknown; values: unknown }>;
}

/**
 * Compiles a query once, for reads on every request: building and serialising a drizzle query costs more than
 * running it. Write the variable parts as `sql.placeholder('name')`. `name` is for the reader; the statement is
 * prepared on the server under a name of the driver's wherever the connection allows.
 */
export function hotQuery<T, V extends Record<string, unknown>>(
  name: string,
  build: (db: ScopedDb) => Compilable<T>,
): (scope: AnyScope, values: V) => Promise<T> {
  let compiled: ReturnType<Compilable<T>['prepare']> | null = null;
  return (scope, values) => {
    compiled ??= build(drizzle.mock()).prepare(name);
    return onScope(compiled, scope).execute(values);
  };
}

/** The compiled query with the client of this scope in place of the one it was built with. */
function onScope<Q extends object>(compiled: Q, scope: AnyScope): Q {
  const { session } = scope.db as unknown as { session: { client: unknown } }; // what tx.ts built the scope with
  return Object.create(compiled, { client: { value: session.client } });
}
