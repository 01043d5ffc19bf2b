import { type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';

/** Postgres's text of an instant of up to three digits (`2026-01-31 09:30:00.12+00`) as ISO 8601 in UTC with milliseconds. */
export function isoInstant(text: string): string {
  // Trailing zeros are left out; a server in another zone, or a year of five digits, is for the date parser.
  if (!text.endsWith('+00') || text[10] !== ' ') return new Date(text).toISOString();
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0')}Z`;
}

/** An instant selected as the text that a view shows: for lists, where making a Date of each costs as much as the query. */
export function asIsoInstant(column: AnyPgColumn): SQL<string> {
  return sql`${column}`.mapWith(isoInstant);
}
