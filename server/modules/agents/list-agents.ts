import { unscopedOperation } from '../../core/operation.ts';
import { AgentsListInput, AgentsListOutput } from './agents.contract.ts';
import { listVisibleAgents } from './agents.rules.ts';
import { registryVersion } from './registry/registry.ts';

/** Agents change with a release only; five minutes is how long an old card may stay after one. */
export const AGENTS_CACHE_SECONDS = 300;

/** The agents as cards. Answers from code alone and the same for everybody. */
export const listAgents = unscopedOperation(
  {
    name: 'agents.list',
    summary: 'Lists the agents, all or those of one app or category; works without signing in.',
    kind: 'query',
    needs: 'public',
    input: AgentsListInput,
    output: AgentsListOutput,
    cacheSeconds: AGENTS_CACHE_SECONDS,
  },
  async (_call, input) => ({ items: listVisibleAgents(input), version: registryVersion }),
);
