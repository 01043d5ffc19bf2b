import { Failure } from '../../core/failure.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { Agent, AgentGetInput } from './agents.contract.ts';
import { findPublicAgent } from './agents.rules.ts';
import { AGENTS_CACHE_SECONDS } from './list-agents.ts';

/** One agent as a card. Throws `agent.not-found`. */
export const getAgent = unscopedOperation(
  {
    name: 'agents.get',
    summary: 'Reads one agent by id or slug; works without signing in.',
    kind: 'query',
    needs: 'public',
    input: AgentGetInput,
    output: Agent,
    cacheSeconds: AGENTS_CACHE_SECONDS,
  },
  async (_call, { id }) => {
    const agent = findPublicAgent(id);
    if (agent === null) throw new Failure('agent.not-found');
    return agent;
  },
);
