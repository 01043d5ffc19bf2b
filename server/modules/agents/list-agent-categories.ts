import { unscopedOperation } from '../../core/operation.ts';
import { AgentCategoriesInput, AgentCategoriesOutput } from './agents.contract.ts';
import { categoriesOf } from './agents.rules.ts';
import { AGENTS_CACHE_SECONDS } from './list-agents.ts';
import { registryVersion } from './registry/registry.ts';

/** The headings under which the agents are listed. */
export const listAgentCategories = unscopedOperation(
  {
    name: 'agents.categories',
    summary: 'Lists the categories of agents with their counts; works without signing in.',
    kind: 'query',
    needs: 'public',
    input: AgentCategoriesInput,
    output: AgentCategoriesOutput,
    cacheSeconds: AGENTS_CACHE_SECONDS,
  },
  async (_call, { app }) => ({ items: categoriesOf(app), version: registryVersion }),
);
