import { listMessagesBefore } from '../../../db/queries/messages.ts';
import { findLiveRun } from '../../../db/queries/runs.ts';
import { operation } from '../../core/operation.ts';
import { pageOf, seqCursor } from '../../core/page.ts';
import { ConversationDetail, GetConversationInput } from './conversations.contract.ts';
import { toConversationView, toMessageView } from './conversations.rules.ts';
import { ownedConversation } from './owned-conversation.ts';

/** A conversation with its newest messages in reading order; the cursor leads to older ones. */
export const getConversation = operation(
  {
    name: 'conversations.get',
    summary: 'A conversation with a page of its messages, the newest page first.',
    kind: 'query',
    needs: 'conversation:read',
    input: GetConversationInput,
    output: ConversationDetail,
  },
  async (call, input) => {
    const row = await ownedConversation(call, input.id);
    const beforeSeq = seqCursor(input.cursor);
    // In this order: an answer that ends in between is then in both, not in neither.
    const [live, newestFirst] = await Promise.all([
      findLiveRun(call.scope, row.id),
      listMessagesBefore(call.scope, { conversationId: row.id, beforeSeq, limit: input.limit + 1 }),
    ]);
    const { items, nextCursor } = pageOf(newestFirst, input.limit, (message) => [message.seq]);
    return {
      ...toConversationView(row),
      messages: items.reverse().map(toMessageView),
      nextCursor,
      liveRun: live?.id ?? null,
      context: { summary: row.summary, summaryToSeq: row.summaryToSeq },
    };
  },
);
