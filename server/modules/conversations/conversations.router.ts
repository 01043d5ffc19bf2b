import { mutation, query, router } from '../../rpc/trpc.ts';
import { deleteConversation, renameConversation } from './change-conversation.ts';
import { createConversation } from './create-conversation.ts';
import { exportConversation } from './export-conversation.ts';
import { getConversation } from './get-conversation.ts';
import { listConversations } from './list-conversations.ts';
import { searchConversations } from './search-conversations.ts';

export const conversationsRouter = router({
  create: mutation(createConversation),
  list: query(listConversations),
  get: query(getConversation),
  rename: mutation(renameConversation),
  delete: mutation(deleteConversation),
  search: query(searchConversations),
  export: query(exportConversation),
});
