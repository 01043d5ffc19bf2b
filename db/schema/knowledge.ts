import { type SQL, sql } from 'drizzle-orm';
import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { tsvector } from './columns.ts';

/** Notes of our own writing, the same for every tenant; agents search them. */
export const knowledgeNotes = pgTable(
  'knowledge_notes',
  {
    id: text('id').primaryKey(),
    domain: text('domain').notNull(),
    title: text('title').notNull(),
    body: text('body').notNull(),
    /** Further words the note should be found by, separated by spaces. */
    tags: text('tags').notNull().default(''),
    /** Of all the above; an unchanged note is not written again. */
    checksum: text('checksum').notNull(),
    search: tsvector('search').generatedAlwaysAs(
      (): SQL =>
        sql`setweight(to_tsvector('english', ${knowledgeNotes.title} || ' ' || ${knowledgeNotes.tags}), 'A') || setweight(to_tsvector('english', ${knowledgeNotes.body}), 'B')`,
    ),
  },
  (t) => [
    index('knowledge_notes_search').using('gin', t.search),
    index('knowledge_notes_domain').on(t.domain),
  ],
);
