import {
  deleteConversation as deleteRow,
  renameConversation as renameRow,
} from '../../../db/queries/conversations.ts';
import { principalOf } from '../../core/authorise.ts';
import { Failure } from '../../core/failure.ts';
import { operation } from '../../core/operation.ts';
import {
  ConversationDeleted,
  ConversationView,
  DeleteConversationInput,
  RenameConversationInput,
} from './conversations.contract.ts';
import { toConversationView } from './conversations.rules.ts';

/** Gives a conversation a title of the person's own; a generated one never replaces it. */
export const renameConversation = operation(
  {
    name: 'conversations.rename',
    summary: 'Gives a conversation a title of your own.',
    kind: 'mutation',
    needs: 'conversation:write',
    input: RenameConversationInput,
    output: ConversationView,
  },
  async (call, { id, title }) => {
    const row = await renameRow(call.scope, { ownerId: principalOf(call.actor).userId, id, title });
    if (row === null) throw new Failure('conversation.not-found');
    call.audit(id);
    return toConversationView(row);
  },
);

/** Takes a conversation out of every list; a running answer in it goes on unseen to its end. */
export const deleteConversation = operation(
  {
    name: 'conversations.delete',
    summary: 'Deletes a conversation; it is gone for good after 30 days.',
    kind: 'mutation',
    needs: 'conversation:write',
    input: DeleteConversationInput,
    output: ConversationDeleted,
  },
  async (call, { id }) => {
    const deleted = await deleteRow(call.scope, principalOf(call.actor).userId, id);
    if (!deleted) throw new Failure('conversation.not-found');
    call.audit(id);
    return { id, deleted: true as const };
  },
);
