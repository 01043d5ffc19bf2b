import { sql } from 'drizzle-orm';
import { isoInstant } from '../iso-instant.ts';
import type { OrgScope } from '../scope.ts';

export interface ConversationHitRow {
  readonly id: string;
  readonly agentId: string;
  readonly app: string;
  readonly title: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The best passage, as plain text; empty when only the title matched. */
  readonly snippet: string;
}

/**
 * The owner's conversations whose title or messages match, best first. `text` is what people type into a search
 * box: all words count, "quotes" make phrases, a minus excludes. See db/sql/35-search.sql.
 */
export async function searchConversations(
  scope: OrgScope,
  query: { ownerId: string; text: string; limit: number },
): Promise<ConversationHitRow[]> {
  const rows = await scope.db.execute<
    Record<'id' | 'agent_id' | 'app' | 'title' | 'created' | 'updated' | 'passage', string>
  >(sql`
    select id, agent_id, app, title, created_at as created, updated_at as updated, passage
    from search_conversations(${query.ownerId}, websearch_to_tsquery('english', ${query.text}), ${query.limit})`);
  return rows.map((row) => ({
    id: row.id,
    agentId: row.agent_id,
    app: row.app,
    title: row.title,
    createdAt: isoInstant(row.created),
    updatedAt: isoInstant(row.updated),
    snippet: row.passage,
  }));
}
