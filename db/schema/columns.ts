import { sql } from 'drizzle-orm';
import { customType, timestamp } from 'drizzle-orm/pg-core';

/** An instant with millisecond precision, so that it survives the trip through a JavaScript Date and a page cursor. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

/** `instant` filled by the database's clock at insert. */
export const createdAt = () => instant('created_at').notNull().default(sql`now()`);

/** `instant` of the last change; the writer sets it anew. */
export const updatedAt = () => instant('updated_at').notNull().default(sql`now()`);

export const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });
