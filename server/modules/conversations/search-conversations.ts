import { searchConversations as searchRows } from '../../../db/queries/search.ts';
import { principalOf } from '../../core/authorise.ts';
import { operation } from '../../core/operation.ts';
import { pageOf, rankCursor } from '../../core/page.ts';
import { ConversationHits, SearchConversationsInput } from './conversations.contract.ts';
import { toConversationView } from './conversations.rules.ts';

/** Full-text search over titles and messages of the caller's conversations, the best match first. */
export const searchConversations = operation(
  {
    name: 'conversations.search',
    summary: 'Finds your conversations by words in their titles and messages, the best match first.',
    kind: 'query',
    needs: 'conversation:read',
    input: SearchConversationsInput,
    output: ConversationHits,
  },
  async (call, input) => {
    const rows = await searchRows(call.scope, {
      ownerId: principalOf(call.actor).userId,
      text: input.query,
      cursor: rankCursor(input.cursor),
      limit: input.limit + 1,
    });
    const { items, nextCursor } = pageOf(rows, input.limit, (row) => [row.rank, row.id]);
    return {
      items: items.map((row) => ({ conversation: toConversationView(row), snippet: row.snippet })),
      nextCursor,
    };
  },
);
