import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { conversations, messages } from '../schema/conversations.ts';
import type { OrgScope } from '../scope.ts';
import type { MessageRow } from './conversations.ts';

const shown = {
  id: messages.id,
  seq: messages.seq,
  role: messages.role,
  content: messages.content,
  status: messages.status,
  runId: messages.runId,
  metadata: messages.metadata,
  createdAt: messages.createdAt,
};
export type ShownMessage = Pick<MessageRow, keyof typeof shown>;

export type NewMessage = Pick<
  MessageRow,
  'id' | 'conversationId' | 'role' | 'content' | 'status' | 'runId' | 'metadata'
>;

/**
 * Adds a message at the end of its conversation. The place is taken under the conversation's row lock, so that
 * concurrent messages neither collide nor leave a hole.
 */
export async function appendMessage(scope: OrgScope, message: NewMessage): Promise<number> {
  const places = await scope.db
    .update(conversations)
    .set({ nextSeq: sql`${conversations.nextSeq} + 1`, updatedAt: sql`now()` })
    .where(and(eq(conversations.orgId, scope.orgId), eq(conversations.id, message.conversationId)))
    .returning({ seq: sql<number>`${conversations.nextSeq} - 1` });
  const seq = places[0]?.seq;
  if (seq === undefined) throw new Error('a message needs a conversation of its organisation');
  await scope.db.insert(messages).values({ ...message, orgId: scope.orgId, seq });
  return seq;
}

/** The newest messages before `beforeSeq` (null: of all), newest first. */
export async function listMessagesBefore(
  scope: OrgScope,
  query: { conversationId: string; beforeSeq: number | null; limit: number },
): Promise<ShownMessage[]> {
  return scope.db
    .select(shown)
    .from(messages)
    .where(
      and(
        eq(messages.orgId, scope.orgId),
        eq(messages.conversationId, query.conversationId),
        query.beforeSeq === null ? undefined : lt(messages.seq, query.beforeSeq),
      ),
    )
    .orderBy(desc(messages.seq))
    .limit(query.limit);
}

/** Messages after `afterSeq`, oldest first. */
export async function listMessagesAfter(
  scope: OrgScope,
  query: { conversationId: string; afterSeq: number; limit: number },
): Promise<ShownMessage[]> {
  return scope.db
    .select(shown)
    .from(messages)
    .where(
      and(
        eq(messages.orgId, scope.orgId),
        eq(messages.conversationId, query.conversationId),
        gt(messages.seq, query.afterSeq),
      ),
    )
    .orderBy(asc(messages.seq))
    .limit(query.limit);
}
