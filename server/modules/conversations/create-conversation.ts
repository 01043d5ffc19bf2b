import { insertConversation } from '../../../db/queries/conversations.ts';
import { principalOf } from '../../core/authorise.ts';
import { newId } from '../../core/ids.ts';
import { operation } from '../../core/operation.ts';
import { agentForRun } from '../agents/agent-for-run.ts';
import { ConversationView, CreateConversationInput } from './conversations.contract.ts';
import { toConversationView } from './conversations.rules.ts';

/** Opens a conversation with an agent. The client key makes it idempotent: a modal that opens twice makes one. */
export const createConversation = operation(
  {
    name: 'conversations.create',
    summary: 'Opens a conversation with an agent; the same client key gives the same conversation.',
    kind: 'mutation',
    needs: 'conversation:write',
    input: CreateConversationInput,
    output: ConversationView,
    keyOf: (input) => input.clientKey,
  },
  async (call, input) => {
    const principal = principalOf(call.actor);
    const agent = agentForRun(input.agentId, principal);
    const row = await insertConversation(call.scope, {
      id: newId('conversation'),
      ownerId: principal.userId,
      agentId: agent.id,
      app: call.app,
      title: input.title ?? `Conversation with ${agent.name}`,
      titleSource: input.title === undefined ? 'default' : 'person',
    });
    call.audit(row.id, { agentId: agent.id });
    return toConversationView(row);
  },
);
