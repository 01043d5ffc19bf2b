import type { ShownMessage } from '../../../db/queries/messages.ts';
import { MAX_TITLE_CHARS } from './conversations.contract.ts';
import { defaultTitle } from './conversations.rules.ts';

/** A summary is worth a call once this many messages came after the last one. */
export const SUMMARISE_AFTER_MESSAGES = 6;
export const MAX_SUMMARY_CHARS = 2000;
const EXCERPT_CHARS = 160;

/** Openings that say nothing in a title. */
const opening =
  /^(?:(?:hi|hello|hey|please|so|ok(?:ay)?)[\s,.!]+)*(?:(?:can|could|would) you |i (?:need|want) to know |tell me )?/i;

/** A title from the first question without a model: its first sentence, without greetings, capitalised. */
export function plainTitle(firstQuestion: string): string {
  const sentence = firstQuestion.trim().split(/(?<=[.!?])\s/)[0] ?? '';
  const bare = sentence.replace(opening, '').replace(/[\s.!?]+$/, '');
  const title = defaultTitle(bare === '' ? firstQuestion : bare);
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** What a model called a conversation, made fit to show: one line, no quotes, no final stop. */
export function cleanTitle(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/^["'“”*#\s]+|["'“”*.\s]+$/g, '')
    .slice(0, MAX_TITLE_CHARS);
}

/** A summary without a model: what was asked and how each answer began, the newest kept when it grows too long. */
export function plainSummary(earlier: string | null, messages: readonly ShownMessage[]): string {
  const lines = messages.map(
    ({ role, content }) => `${role === 'user' ? 'Asked' : 'Answered'}: ${excerpt(content)}`,
  );
  const whole = [...(earlier === null ? [] : [earlier]), ...lines].join('\n');
  if (whole.length <= MAX_SUMMARY_CHARS) return whole;
  const cut = whole.slice(-MAX_SUMMARY_CHARS);
  return cut.slice(cut.indexOf('\n') + 1);
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= EXCERPT_CHARS ? line : `${line.slice(0, EXCERPT_CHARS).trimEnd()}…`;
}
