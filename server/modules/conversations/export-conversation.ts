import { listMessagesAfter, type ShownMessage } from '../../../db/queries/messages.ts';
import type { OrgScope } from '../../../db/scope.ts';
import { operation } from '../../core/operation.ts';
import { ConversationExport, ExportConversationInput } from './conversations.contract.ts';
import { exportFilename, toConversationView, toMarkdown, toMessageView } from './conversations.rules.ts';
import { ownedConversation } from './owned-conversation.ts';

const PAGE = 500;

/** The whole conversation as one document. */
export const exportConversation = operation(
  {
    name: 'conversations.export',
    summary: 'The whole conversation as a JSON or Markdown document.',
    kind: 'query',
    needs: 'conversation:read',
    input: ExportConversationInput,
    output: ConversationExport,
    isOnRecord: true,
  },
  async (call, { id, format }) => {
    const conversation = toConversationView(await ownedConversation(call, id));
    call.audit(id);
    const messages = (await allMessages(call.scope, id)).map(toMessageView);
    return format === 'json'
      ? {
          filename: exportFilename(conversation.title, 'json'),
          contentType: 'application/json',
          content: JSON.stringify({ ...conversation, messages }, null, 2),
        }
      : {
          filename: exportFilename(conversation.title, 'md'),
          contentType: 'text/markdown; charset=utf-8',
          content: toMarkdown(conversation, messages),
        };
  },
);

async function allMessages(scope: OrgScope, conversationId: string): Promise<ShownMessage[]> {
  const all: ShownMessage[] = [];
  for (;;) {
    const page = await listMessagesAfter(scope, {
      conversationId,
      afterSeq: all.at(-1)?.seq ?? 0,
      limit: PAGE,
    });
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}
