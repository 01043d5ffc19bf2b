import { searchConversations as searchRows } from '../../../db/queries/search.ts';
import { principalOf } from '../../core/authorise.ts';
import { operation } from '../../core/operation.ts';
import { ConversationHits, SearchConversationsInput } from './conversations.contract.ts';
import { toConversationView } from './conversations.rules.ts';

/** Full-text search over titles and messages of the caller's conversations, last used first. */
export const searchConversations = operation(
  {
    name: 'conversations.search',
    summary: 'Finds your conversations by words in their titles and messages.',
    kind: 'query',
    needs: 'conversation:read',
    input: SearchConversationsInput,
    output: ConversationHits,
  },
  async (call, input) => {
    const rows = await searchRows(call.scope, {
      ownerId: principalOf(call.actor).userId,
      text: input.query,
      limit: input.limit,
    });
    return { items: rows.map((row) => ({ conversation: toConversationView(row), snippet: row.snippet })) };
  },
);
