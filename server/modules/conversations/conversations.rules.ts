import type { ConversationListRow } from '../../../db/queries/conversations.ts';
import type { ShownMessage } from '../../../db/queries/messages.ts';
import type { AppId } from '../../core/apps.ts';
import { agentName } from '../agents/agent-for-run.ts';
import type { ConversationView, MessageView } from './conversations.contract.ts';

const DEFAULT_TITLE_CHARS = 60;

/** A title from the person's first words, until a better one is made or chosen; cut at a word. */
export function defaultTitle(message: string): string {
  const line = message.replace(/\s+/g, ' ').trim();
  if (line.length <= DEFAULT_TITLE_CHARS) return line;
  const cut = line.slice(0, DEFAULT_TITLE_CHARS);
  const atWord = cut.lastIndexOf(' ');
  return `${cut.slice(0, atWord > DEFAULT_TITLE_CHARS / 2 ? atWord : DEFAULT_TITLE_CHARS).trimEnd()}…`;
}

type Shown = Pick<ConversationListRow, 'id' | 'title' | 'agentId' | 'app' | 'createdAt' | 'updatedAt'>;

export function toConversationView(row: Shown): ConversationView {
  return {
    id: row.id,
    title: row.title,
    agent: { id: row.agentId, name: agentName(row.agentId) },
    app: row.app as AppId,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

export function toMessageView(row: ShownMessage): MessageView {
  const { createdAt, ...rest } = row;
  return { ...rest, timestamp: createdAt };
}

/** A conversation as a document a person can read. */
export function toMarkdown(conversation: ConversationView, messages: readonly MessageView[]): string {
  const lines = [
    `# ${conversation.title}`,
    '',
    `With ${conversation.agent.name}, ${conversation.createdAt}`,
    '',
  ];
  for (const message of messages) {
    const who = message.role === 'user' ? 'You' : conversation.agent.name;
    const note = message.status === 'partial' ? ' (partial)' : '';
    lines.push(`## ${who}${note}, ${message.timestamp}`, '', message.content, '');
  }
  return lines.join('\n');
}

/** A file name of plain characters for any title. */
export function exportFilename(title: string, extension: string): string {
  const plain = title
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-zA-Z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 60);
  return `${plain === '' ? 'conversation' : plain}.${extension}`;
}
