import { type SQL, sql } from 'drizzle-orm';
import { dataExportParts } from '../schema/personal-data.ts';
import type { SystemScope } from '../scope.ts';
import type { RunRow } from './runs.ts';

/** Which rows of a table are of a subject, as a condition on its id. */
export type RowsOf = (subjectId: string) => SQL;

const column = (name: string) => sql.identifier(name);
/** Rows that name the subject in a column. */
export const by =
  (name: string): RowsOf =>
  (id) =>
    sql`${column(name)} = ${id}`;
/** Rows whose column names a row of another table that is the subject's. */
export const within =
  (name: string, table: string, key: string, of: RowsOf): RowsOf =>
  (id) =>
    sql`${column(name)} in (select ${column(key)} from ${column(table)} where ${of(id)})`;
/** Rows whose JSON or text mentions the subject's id, which is nowhere part of another id. */
export const mentioning =
  (name: string): RowsOf =>
  (id) =>
    sql`${column(name)}::text like ${`%${id}%`}`;
/** Rows that match any of these. */
export const anyOf =
  (...conditions: readonly RowsOf[]): RowsOf =>
  (id) =>
    sql`(${sql.join(
      conditions.map((condition) => condition(id)),
      sql` or `,
    )})`;
/** Rows whose column holds the person's e-mail, alone or in a text. */
export const holdingEmail =
  (name: string): RowsOf =>
  (id) =>
    sql`exists (select from users where users.id = ${id} and users.email is not null
      and position(users.email in ${column(name)}) > 0)`;

interface Target {
  readonly table: string;
  readonly rows: SQL;
}

/** Deletes a subject's rows of one table; returns how many. */
export async function deleteSubjectRows(scope: SystemScope, { table, rows }: Target): Promise<number> {
  const deleted = await scope.db.execute<{ count: number }>(
    sql`with gone as (delete from ${column(table)} where ${rows} returning 1) select count(*)::int as count from gone`,
  );
  return deleted[0]?.count ?? 0;
}

const ROWS_PER_PART = 500;

/** Copies a subject's rows of one table, without the columns withheld, into an export; a repetition replaces them. */
export async function exportSubjectRows(
  scope: SystemScope,
  { table, rows }: Target,
  into: { readonly requestId: string; readonly withheld: readonly string[] },
): Promise<number> {
  const { requestId, withheld } = into;
  await scope.db
    .delete(dataExportParts)
    .where(sql`${dataExportParts.requestId} = ${requestId} and ${dataExportParts.tableName} = ${table}`);
  const list = sql.join(
    ['search', ...withheld].map((name) => sql`${name}`),
    sql`, `,
  );
  const written = await scope.db.execute<{ count: number }>(sql`
    with documents as (
      select (to_jsonb(whole_row) - array[${list}]::text[])::text as document, row_number() over () - 1 as place
      from ${column(table)} whole_row where ${rows}
    ), written as (
      insert into data_export_parts (request_id, table_name, part, rows)
      select ${requestId}, ${table}, (place / ${ROWS_PER_PART})::int, string_agg(document, ',' order by place)
      from documents group by 3
    )
    select count(*)::int as count from documents`);
  return written[0]?.count ?? 0;
}

/** Ids and logs of every run of a subject, ended or not. */
export async function listSubjectRuns(
  scope: SystemScope,
  rows: SQL,
): Promise<{ orgId: string; id: string; logKind: RunRow['logKind']; status: string }[]> {
  const found = await scope.db.execute<{
    orgId: string;
    id: string;
    logKind: RunRow['logKind'];
    status: string;
  }>(sql`select org_id as "orgId", id, log_kind as "logKind", status from runs where ${rows}`);
  return [...found];
}
