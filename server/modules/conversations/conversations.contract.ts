import { z } from 'zod';
import { appIds } from '../../core/apps.ts';
import { idPattern } from '../../core/ids.ts';
import { PageInput } from '../../core/page.ts';

export const ConversationId = z.string().regex(idPattern('conversation'), 'must be a conversation id');
export const MAX_TITLE_CHARS = 200;

export const ConversationView = z
  .object({
    id: z.string(),
    title: z.string(),
    agent: z.object({ id: z.string(), name: z.string() }),
    app: z.enum(appIds),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime().describe('When the last message was added or the title changed.'),
  })
  .meta({ id: 'Conversation' });
export type ConversationView = z.output<typeof ConversationView>;

export const MessageView = z
  .object({
    id: z.string(),
    seq: z.int().describe('Place in the conversation, from 1.'),
    role: z.enum(['user', 'assistant']),
    content: z.string(),
    status: z
      .enum(['complete', 'partial'])
      .describe('`partial`: the answer was cancelled, cut or interrupted.'),
    runId: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    timestamp: z.iso.datetime(),
  })
  .meta({ id: 'Message' });
export type MessageView = z.output<typeof MessageView>;

export const CreateConversationInput = z.object({
  agentId: z.string().min(1).max(80).describe('Id or slug of the agent.'),
  title: z.string().trim().min(1).max(MAX_TITLE_CHARS).optional(),
  clientKey: z
    .string()
    .min(1)
    .max(200)
    .describe('Your key for this act: the same key gives the same conversation.'),
});

export const ListConversationsInput = PageInput.extend({
  agentId: z.string().min(1).max(80).optional().describe('Only conversations with this agent.'),
}).prefault({});
export const ConversationPage = z
  .object({ items: z.array(ConversationView), nextCursor: z.string().nullable() })
  .meta({ id: 'ConversationPage' });

export const GetConversationInput = PageInput.extend({
  id: ConversationId,
});
export const ConversationDetail = ConversationView.extend({
  messages: z
    .array(MessageView)
    .describe('A page of messages, oldest first; the first page ends with the newest.'),
  nextCursor: z.string().nullable().describe('For the page of older messages.'),
  liveRun: z
    .string()
    .nullable()
    .describe(
      'The answer that is being written, if any: follow this run to watch it. It is not in `messages` yet.',
    ),
  context: z.object({
    summary: z.string().nullable().describe('What the messages up to `summaryToSeq` said.'),
    summaryToSeq: z.int(),
  }),
}).meta({ id: 'ConversationDetail' });

export const RenameConversationInput = z.object({
  id: ConversationId,
  title: z.string().trim().min(1).max(MAX_TITLE_CHARS),
});
export const DeleteConversationInput = z.object({ id: ConversationId });
export const ConversationDeleted = z
  .object({ id: z.string(), deleted: z.literal(true) })
  .meta({ id: 'ConversationDeleted' });

export const SearchConversationsInput = PageInput.extend({
  query: z.string().trim().min(2).max(200),
  limit: z.int().min(1).max(50).default(20),
});
export const ConversationHit = z
  .object({
    conversation: ConversationView,
    snippet: z.string().describe('The best passage, as plain text.'),
  })
  .meta({ id: 'ConversationHit' });
export const ConversationHits = z
  .object({ items: z.array(ConversationHit), nextCursor: z.string().nullable() })
  .meta({ id: 'ConversationHits' });

export const ExportConversationInput = z.object({ id: ConversationId, format: z.enum(['json', 'markdown']) });
export const ConversationExport = z
  .object({ filename: z.string(), contentType: z.string(), content: z.string() })
  .meta({ id: 'ConversationExport' });
