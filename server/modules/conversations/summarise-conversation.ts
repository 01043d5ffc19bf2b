import { z } from 'zod';
import { getConversationForWork, setSummary } from '../../../db/queries/conversations.ts';
import { listMessagesAfter, type ShownMessage } from '../../../db/queries/messages.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { composeText } from './compose-text.ts';
import { MAX_SUMMARY_CHARS, plainSummary, SUMMARISE_AFTER_MESSAGES } from './conversation-text.rules.ts';
import { ConversationId } from './conversations.contract.ts';

const SUMMARY_PROMPT =
  'Bring the summary of this coaching conversation up to date: goals, facts about accounts, advice given, open points. ' +
  'At most 200 words, in its language, no invented facts. Answer with the summary alone.';
const MAX_SUMMARY_TOKENS = 400;
const MOST_MESSAGES = 200;

/** Brings the rolling summary up to the newest message once enough came after the last one; a newer one is never replaced. */
export const summariseConversation = unscopedOperation(
  {
    name: 'conversations.summarise',
    summary: 'Brings the rolling summary of a conversation up to date.',
    kind: 'mutation',
    needs: 'conversation:write',
    input: z.object({ conversationId: ConversationId }),
    output: z.object({ conversationId: z.string(), summaryToSeq: z.int() }),
  },
  async (call, { conversationId }) => {
    const found = await call.inScope('read', async ({ scope }) => {
      const conversation = await getConversationForWork(scope, conversationId);
      const afterSeq = conversation?.summaryToSeq ?? 0;
      return {
        conversation,
        messages: await listMessagesAfter(scope, { conversationId, afterSeq, limit: MOST_MESSAGES }),
      };
    });
    const { conversation, messages } = found;
    const summarised = conversation?.summaryToSeq ?? 0;
    const toSeq = messages.at(-1)?.seq ?? 0;
    if (conversation === null || messages.length < SUMMARISE_AFTER_MESSAGES) {
      return { conversationId, summaryToSeq: summarised };
    }
    const ask = {
      system: SUMMARY_PROMPT,
      text: transcript(conversation.summary, messages),
      maxOutputTokens: MAX_SUMMARY_TOKENS,
      endUser: conversation.ownerId,
    };
    const composed = await composeText(call.ports.models, ask, call.signal);
    const text = composed?.slice(0, MAX_SUMMARY_CHARS) ?? plainSummary(conversation.summary, messages);
    await call.inScope('write', async ({ scope, audit }) => {
      await setSummary(scope, conversationId, { text, toSeq });
      audit(conversationId);
    });
    return { conversationId, summaryToSeq: toSeq };
  },
);

function transcript(summary: string | null, messages: readonly ShownMessage[]): string {
  const turns = messages.map(({ role, content }) => `${role}: ${content}`);
  return [`Summary so far: ${summary ?? '(none)'}`, ...turns].join('\n');
}
