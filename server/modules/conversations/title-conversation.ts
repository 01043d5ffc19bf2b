import { z } from 'zod';
import { getConversationForWork, setGeneratedTitle } from '../../../db/queries/conversations.ts';
import { listMessagesAfter } from '../../../db/queries/messages.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { composeText } from './compose-text.ts';
import { cleanTitle, plainTitle } from './conversation-text.rules.ts';
import { ConversationId } from './conversations.contract.ts';

const TITLE_PROMPT =
  'Name the conversation whose beginning follows, in three to seven words, in its language. Answer with the name alone.';
const MAX_TITLE_TOKENS = 30;

/** Gives a conversation its generated title, once; one that a person chose or that was generated before stays. */
export const titleConversation = unscopedOperation(
  {
    name: 'conversations.title',
    summary: 'Gives a conversation its generated title.',
    kind: 'mutation',
    needs: 'conversation:write',
    input: z.object({ conversationId: ConversationId }),
    output: z.object({ conversationId: z.string(), titled: z.boolean() }),
  },
  async (call, { conversationId }) => {
    const { conversation, messages } = await call.inScope('read', async ({ scope }) => ({
      conversation: await getConversationForWork(scope, conversationId),
      messages: await listMessagesAfter(scope, { conversationId, afterSeq: 0, limit: 2 }),
    }));
    const question = messages[0]?.content;
    if (conversation?.titleSource !== 'default' || question === undefined)
      return { conversationId, titled: false };
    const ask = {
      system: TITLE_PROMPT,
      text: messages.map(({ role, content }) => `${role}: ${content.slice(0, 1000)}`).join('\n'),
      maxOutputTokens: MAX_TITLE_TOKENS,
      endUser: conversation.ownerId,
    };
    const composed = await composeText(call.ports.models, ask, call.signal);
    const title =
      composed === null || cleanTitle(composed) === '' ? plainTitle(question) : cleanTitle(composed);
    await call.inScope('write', async ({ scope, audit }) => {
      await setGeneratedTitle(scope, conversationId, title);
      audit(conversationId);
    });
    return { conversationId, titled: true };
  },
);
