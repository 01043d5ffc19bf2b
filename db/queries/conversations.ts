import { and, desc, eq, isNull, type Placeholder, sql } from 'drizzle-orm';
import { hotQuery } from '../hot-query.ts';
import { asIsoInstant } from '../iso-instant.ts';
import { conversations, type messages } from '../schema/conversations.ts';
import type { OrgScope } from '../scope.ts';

export type ConversationRow = typeof conversations.$inferSelect;
export type MessageRow = typeof messages.$inferSelect;

/** A place in a list ordered by an instant and an id, both descending. */
export interface InstantCursor {
  readonly at: string;
  readonly id: string;
}

const listed = {
  id: conversations.id,
  ownerId: conversations.ownerId,
  agentId: conversations.agentId,
  app: conversations.app,
  title: conversations.title,
  titleSource: conversations.titleSource,
  summary: conversations.summary,
  summaryToSeq: conversations.summaryToSeq,
  createdAt: asIsoInstant(conversations.createdAt),
  updatedAt: asIsoInstant(conversations.updatedAt),
};
type Instants = 'createdAt' | 'updatedAt';
export type ConversationListRow = Pick<ConversationRow, Exclude<keyof typeof listed, Instants>> &
  Record<Instants, string>;

const named = (name: string) => sql.placeholder(name);

function livingOf(orgId: string | Placeholder, ownerId: string | Placeholder) {
  return and(
    eq(conversations.orgId, orgId),
    eq(conversations.ownerId, ownerId),
    isNull(conversations.deletedAt),
  );
}

function living(scope: OrgScope, ownerId: string) {
  return livingOf(scope.orgId, ownerId);
}

export async function insertConversation(
  scope: OrgScope,
  row: Pick<ConversationRow, 'id' | 'ownerId' | 'agentId' | 'app' | 'title' | 'titleSource'>,
): Promise<ConversationListRow> {
  const rows = await scope.db
    .insert(conversations)
    .values({ ...row, orgId: scope.orgId })
    .returning(listed);
  const inserted = rows[0];
  if (inserted === undefined) throw new Error('an inserted conversation returned no row');
  return inserted;
}

const findOwned = hotQuery<ConversationListRow[], { orgId: string; ownerId: string; id: string }>(
  'find_conversation',
  (db) =>
    db
      .select(listed)
      .from(conversations)
      .where(and(livingOf(named('orgId'), named('ownerId')), eq(conversations.id, named('id')))),
);

/** A conversation of this owner that is not deleted. */
export async function findConversation(
  scope: OrgScope,
  ownerId: string,
  id: string,
): Promise<ConversationListRow | null> {
  const rows = await findOwned(scope, { orgId: scope.orgId, ownerId, id });
  return rows[0] ?? null;
}

interface ListPlace {
  readonly orgId: string;
  readonly ownerId: string;
  readonly agentId: string | undefined;
  readonly at: string | undefined;
  readonly id: string | undefined;
  readonly limit: number;
}

/** One compiled statement for each shape of the list: with or without agent, first page or a later one. */
function listQuery(of: 'one_agent' | 'any_agent', page: 'first' | 'later') {
  const after = sql`(${conversations.updatedAt}, ${conversations.id}) < (${named('at')}::timestamptz, ${named('id')})`;
  return hotQuery<ConversationListRow[], { [K in keyof ListPlace]: ListPlace[K] }>(
    `list_conversations_${of}_${page}`,
    (db) =>
      db
        .select(listed)
        .from(conversations)
        .where(
          and(
            livingOf(named('orgId'), named('ownerId')),
            of === 'one_agent' ? eq(conversations.agentId, named('agentId')) : undefined,
            page === 'later' ? after : undefined,
          ),
        )
        .orderBy(desc(conversations.updatedAt), desc(conversations.id))
        .limit(named('limit')),
  );
}

const lists = {
  one_agent: { first: listQuery('one_agent', 'first'), later: listQuery('one_agent', 'later') },
  any_agent: { first: listQuery('any_agent', 'first'), later: listQuery('any_agent', 'later') },
};

/** The owner's conversations, last used first, after `cursor`; optionally with one agent. */
export function listConversations(
  scope: OrgScope,
  query: { ownerId: string; agentId?: string | undefined; cursor: InstantCursor | null; limit: number },
): Promise<ConversationListRow[]> {
  const { ownerId, agentId, cursor, limit } = query;
  const run = lists[agentId === undefined ? 'any_agent' : 'one_agent'][cursor === null ? 'first' : 'later'];
  return run(scope, { orgId: scope.orgId, ownerId, agentId, at: cursor?.at, id: cursor?.id, limit });
}

export async function renameConversation(
  scope: OrgScope,
  rename: { ownerId: string; id: string; title: string },
): Promise<ConversationListRow | null> {
  const rows = await scope.db
    .update(conversations)
    .set({ title: rename.title, titleSource: 'person', updatedAt: sql`now()` })
    .where(and(living(scope, rename.ownerId), eq(conversations.id, rename.id)))
    .returning(listed);
  return rows[0] ?? null;
}

/** Hides a conversation from its owner; `purgeDeletedConversations` removes it later. */
export async function deleteConversation(scope: OrgScope, ownerId: string, id: string): Promise<boolean> {
  const rows = await scope.db
    .update(conversations)
    .set({ deletedAt: sql`now()` })
    .where(and(living(scope, ownerId), eq(conversations.id, id)))
    .returning({ id: conversations.id });
  return rows.length === 1;
}

/** What jobs made of a conversation. A title a person chose stays. */
export async function setGeneratedTitle(scope: OrgScope, id: string, title: string): Promise<void> {
  await scope.db
    .update(conversations)
    .set({ title, titleSource: 'generated' })
    .where(
      and(
        eq(conversations.orgId, scope.orgId),
        eq(conversations.id, id),
        eq(conversations.titleSource, 'default'),
      ),
    );
}

/** Stores a rolling summary, unless a newer one is there. */
export async function setSummary(
  scope: OrgScope,
  id: string,
  summary: { readonly text: string; readonly toSeq: number },
): Promise<void> {
  await scope.db
    .update(conversations)
    .set({ summary: summary.text, summaryToSeq: summary.toSeq })
    .where(
      and(
        eq(conversations.orgId, scope.orgId),
        eq(conversations.id, id),
        sql`${conversations.summaryToSeq} < ${summary.toSeq}`,
      ),
    );
}

/** A conversation whoever owns it: for jobs and for the producer of its answers. */
export async function getConversationForWork(
  scope: OrgScope,
  id: string,
): Promise<ConversationListRow | null> {
  const rows = await scope.db
    .select(listed)
    .from(conversations)
    .where(and(eq(conversations.orgId, scope.orgId), eq(conversations.id, id)));
  return rows[0] ?? null;
}
