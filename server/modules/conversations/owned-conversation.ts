import { type ConversationListRow, findConversation } from '../../../db/queries/conversations.ts';
import { principalOf } from '../../core/authorise.ts';
import type { ScopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';

/** A conversation of the caller; another person's is as unknown as one that never was. */
export async function ownedConversation(call: ScopedCall, id: string): Promise<ConversationListRow> {
  const row = await findConversation(call.scope, principalOf(call.actor).userId, id);
  if (row === null) throw new Failure('conversation.not-found');
  return row;
}
