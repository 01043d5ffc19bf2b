import { listConversations as listRows } from '../../../db/queries/conversations.ts';
import { principalOf } from '../../core/authorise.ts';
import { operation } from '../../core/operation.ts';
import { instantCursor, pageOf } from '../../core/page.ts';
import { findAgent } from '../agents/agents.rules.ts';
import { ConversationPage, ListConversationsInput } from './conversations.contract.ts';
import { toConversationView } from './conversations.rules.ts';

/** The caller's own conversations, last used first. An unknown agent has none. */
export const listConversations = operation(
  {
    name: 'conversations.list',
    summary: 'Your conversations, last used first.',
    kind: 'query',
    needs: 'conversation:read',
    input: ListConversationsInput,
    output: ConversationPage,
  },
  async (call, input) => {
    const rows = await listRows(call.scope, {
      ownerId: principalOf(call.actor).userId,
      agentId: input.agentId === undefined ? undefined : (findAgent(input.agentId)?.id ?? input.agentId),
      cursor: instantCursor(input.cursor),
      limit: input.limit + 1,
    });
    const page = pageOf(rows, input.limit, (row) => [row.updatedAt, row.id]);
    return { ...page, items: page.items.map(toConversationView) };
  },
);
