import { createHash } from 'node:crypto';
import { and, desc, inArray, notInArray, sql } from 'drizzle-orm';
import { knowledgeNotes } from '../schema/knowledge.ts';
import type { AnyScope, SystemScope } from '../scope.ts';

export interface KnowledgeHit {
  readonly id: string;
  readonly domain: string;
  readonly title: string;
  readonly body: string;
  /** Grows with how well the note fits; only comparable within one search. */
  readonly rank: number;
}

/** The notes that share most with a question in plain words (any word counts, common ones do not), best first. */
export async function searchKnowledge(
  scope: AnyScope,
  query: { text: string; domains?: readonly string[]; limit: number },
): Promise<KnowledgeHit[]> {
  const anyWord = sql`replace(plainto_tsquery('english', ${query.text})::text, '&', '|')::tsquery`;
  const rank = sql<number>`ts_rank_cd(${knowledgeNotes.search}, ${anyWord}, 1)`;
  return scope.db
    .select({
      id: knowledgeNotes.id,
      domain: knowledgeNotes.domain,
      title: knowledgeNotes.title,
      body: knowledgeNotes.body,
      rank,
    })
    .from(knowledgeNotes)
    .where(
      and(
        sql`${knowledgeNotes.search} @@ ${anyWord}`,
        query.domains === undefined ? undefined : inArray(knowledgeNotes.domain, [...query.domains]),
      ),
    )
    .orderBy(desc(rank), knowledgeNotes.id)
    .limit(query.limit);
}

export interface NewKnowledgeNote {
  readonly id: string;
  readonly domain: string;
  readonly title: string;
  readonly body: string;
  readonly tags: readonly string[];
}

/** Makes the stored notes equal to `notes`: writes those whose checksum changed, removes those that are gone. */
export async function replaceKnowledgeNotes(
  scope: SystemScope,
  notes: readonly NewKnowledgeNote[],
): Promise<{ written: number; removed: number }> {
  if (notes.length === 0) throw new Error('There are no knowledge notes to store.');
  const written = await scope.db
    .insert(knowledgeNotes)
    .values(notes.map((note) => ({ ...note, tags: note.tags.join(' '), checksum: checksum(note) })))
    .onConflictDoUpdate({
      target: knowledgeNotes.id,
      set: {
        domain: sql`excluded.domain`,
        title: sql`excluded.title`,
        body: sql`excluded.body`,
        tags: sql`excluded.tags`,
        checksum: sql`excluded.checksum`,
      },
      setWhere: sql`${knowledgeNotes.checksum} <> excluded.checksum`,
    })
    .returning({ id: knowledgeNotes.id });
  const kept = notes.map((note) => note.id);
  const removed = await scope.db
    .delete(knowledgeNotes)
    .where(notInArray(knowledgeNotes.id, kept))
    .returning({ id: knowledgeNotes.id });
  return { written: written.length, removed: removed.length };
}

function checksum({ domain, title, body, tags }: NewKnowledgeNote): string {
  return createHash('sha256')
    .update(JSON.stringify([domain, title, body, tags]))
    .digest('base64url');
}
