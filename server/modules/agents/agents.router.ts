import { query, router } from '../../rpc/trpc.ts';
import { getAgent } from './get-agent.ts';
import { listAgentCategories } from './list-agent-categories.ts';
import { listAgents } from './list-agents.ts';

export const agentsRouter = router({
  list: query(listAgents),
  get: query(getAgent),
  categories: query(listAgentCategories),
});
