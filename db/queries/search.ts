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
  readonly rank: number;
  /** The best passage, as plain text; empty when only the title matched. */
  readonly snippet: string;
}

/** A place in a list ordered by rank and id, both descending. */
export interface RankCursor {
  readonly rank: number;
  readonly id: string;
}

/**
 * The owner's conversations whose title or messages match, best first, after `cursor`. `text` is what people type into a search
 * box: all words count, "quotes" make phrases, a minus excludes. See db/sql/35-search.sql.
 */
export async function searchConversations(
  scope: OrgScope,
  query: { ownerId: string; text: string; cursor: RankCursor | null; limit: number },
): Promise<ConversationHitRow[]> {
  const { ownerId, text, cursor, limit } = query;
  const rows = await scope.db.execute<
    Record<'id' | 'agent_id' | 'app' | 'title' | 'created' | 'updated' | 'passage', string> & { rank: number }
  >(sql`
    select id, agent_id, app, title, created_at as created, updated_at as updated, rank, passage
    from search_conversations(
      ${ownerId}, websearch_to_tsquery('english', ${text}), ${limit}, ${cursor?.rank ?? null}, ${cursor?.id ?? null})`);
  return rows.map((row) => ({
    id: row.id,
    agentId: row.agent_id,
    app: row.app,
    title: row.title,
    createdAt: isoInstant(row.created),
    updatedAt: isoInstant(row.updated),
    rank: row.rank,
    snippet: row.passage,
  }));
}
