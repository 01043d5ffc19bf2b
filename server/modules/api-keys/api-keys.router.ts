import { mutation, query, router } from '../../rpc/trpc.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './api-key-operations.ts';

export const apiKeysRouter = router({
  create: mutation(createApiKey),
  list: query(listApiKeys),
  revoke: mutation(revokeApiKey),
});
