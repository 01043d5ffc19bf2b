// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { AppId } from './platform.ts';
import type { ConversationId } from './shared.ts';

export interface Conversation {
  id: string;
  title: string;
  agent: {
    id: string;
    name: string;
  };
  app: AppId;
  createdAt: string;
  /** When the last message was added or the title changed. */
  updatedAt: string;
}

export interface ConversationDeleted {
  id: string;
  deleted: true;
}

export interface ConversationDetail {
  id: string;
  title: string;
  agent: {
    id: string;
    name: string;
  };
  app: AppId;
  createdAt: string;
  /** When the last message was added or the title changed. */
  updatedAt: string;
  /** A page of messages, oldest first; the first page ends with the newest. */
  messages: Message[];
  /** For the page of older messages. */
  nextCursor: string | null;
  /** The answer that is being written, if any: follow this run to watch it. It is not in `messages` yet. */
  liveRun: string | null;
  context: {
    /** What the messages up to `summaryToSeq` said. */
    summary: string | null;
    summaryToSeq: number;
  };
}

export interface ConversationExport {
  filename: string;
  contentType: string;
  content: string;
}

export interface ConversationHit {
  conversation: Conversation;
  /** The best passage, as plain text. */
  snippet: string;
}

export interface ConversationHits {
  items: ConversationHit[];
  nextCursor: string | null;
}

export interface ConversationPage {
  items: Conversation[];
  nextCursor: string | null;
}

export interface CreateConversationInput {
  /** Id or slug of the agent. From 1 to 80 characters. */
  agentId: string;
  /** From 1 to 200 characters. */
  title?: string;
  /** Your key for this act: the same key gives the same conversation. From 1 to 200 characters. */
  clientKey: string;
}

export interface DeleteConversationInput {
  id: ConversationId;
}

export interface ExportConversationInput {
  id: ConversationId;
  format: 'json' | 'markdown';
}

export interface GetConversationInput {
  /** The `nextCursor` of the page before. At most 200 characters. */
  cursor?: string;
  /** From 1 to 100. Default: 25. */
  limit?: number;
  id: ConversationId;
}

export type ListConversationsInput =
  | {
    /** The `nextCursor` of the page before. At most 200 characters. */
    cursor?: string;
    /** From 1 to 100. Default: 25. */
    limit?: number;
    /** Only conversations with this agent. From 1 to 80 characters. */
    agentId?: string;
  }
  | undefined;

export interface Message {
  id: string;
  /** Place in the conversation, from 1. */
  seq: number;
  role: 'user' | 'assistant';
  content: string;
  /** `partial`: the answer was cancelled, cut or interrupted. */
  status: 'complete' | 'partial';
  runId: string | null;
  metadata: Record<string, unknown>;
  timestamp: string;
}

export interface RenameConversationInput {
  id: ConversationId;
  /** From 1 to 200 characters. */
  title: string;
}

export interface SearchConversationsInput {
  /** The `nextCursor` of the page before. At most 200 characters. */
  cursor?: string;
  /** From 1 to 50. Default: 20. */
  limit?: number;
  /** From 2 to 200 characters. */
  query: string;
}
