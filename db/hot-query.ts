import { Column, fillPlaceholders, is, SQL } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import type { AnyScope, ScopedDb } from './scope.ts';

/** A drizzle query with placeholders, ready to be compiled; `T` is what it resolves. */
interface Compilable<T> {
  prepare(name: string): { execute(): Promise<T> };
}

/** What drizzle-orm 0.45.4 keeps inside a compiled query; pinned exactly, and covered by test/db/tx.test.ts. */
interface Compiled {
  readonly queryString: string;
  readonly params: unknown[];
  readonly fields: readonly { readonly path: readonly string[]; readonly field: unknown }[] | undefined;
}

interface Plan extends Compiled {
  readonly read: (row: readonly unknown[]) => object;
}

/**
 * Compiles a select once, for reads on every request: building and serialising a drizzle query, and finding out anew
 * for each value how to read it, cost more than running it. Write the variable parts as `sql.placeholder('name')` and
 * select a flat object. `name` is for the reader; the statement is prepared on the server under a name of the driver's
 * wherever the connection allows.
 */
export function hotQuery<Rows extends readonly object[], V extends Record<string, unknown>>(
  name: string,
  build: (db: ScopedDb) => Compilable<Rows>,
): (scope: AnyScope, values: V) => Promise<Rows> {
  let plan: Plan | null = null;
  return async (scope, values) => {
    plan ??= planOf(name, build(drizzle.mock()).prepare(name) as unknown as Compiled);
    const { queryString, params, read } = plan;
    const rows = await scope.client.unsafe(queryString, fillPlaceholders(params, values)).values();
    return rows.map(read) as unknown as Rows; // `read` was made of what `build` selects
  };
}

function planOf(name: string, compiled: Compiled): Plan {
  const columns = (compiled.fields ?? []).map(({ path: [key, ...deeper], field }) => {
    if (key === undefined || deeper.length > 0) throw new TypeError(`${name} must select a flat object`);
    return { key, decode: decoderOf(name, field) };
  });
  const read = (row: readonly unknown[]) => {
    const result: Record<string, unknown> = {};
    for (let i = 0; i < columns.length; i += 1) {
      const column = columns[i] as (typeof columns)[number]; // as many as the loop says
      const value = row[i];
      result[column.key] = value === null || column.decode === null ? value : column.decode(value);
    }
    return result;
  };
  return { ...compiled, queryString: compiled.queryString, params: compiled.params, read };
}

/** How a value of the driver becomes the column's; null when it is that already. */
function decoderOf(name: string, field: unknown): ((value: unknown) => unknown) | null {
  const decoder = is(field, Column) ? field : is(field, SQL) ? inside(field).decoder : null;
  if (decoder === null) throw new TypeError(`${name} must select columns or sql`);
  const asItIs = decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue;
  return asItIs ? null : (value) => decoder.mapFromDriverValue(value);
}

function inside(field: SQL): { decoder: { mapFromDriverValue(value: unknown): unknown } } {
  return field as never; // internal in drizzle's types
}
