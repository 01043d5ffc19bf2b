import { publicScope } from '../../core/cache-key.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { AgentsListInput, AgentsListOutput } from './agents.contract.ts';
import { listVisibleAgents } from './agents.rules.ts';
import { registryVersion } from './registry/registry.ts';

/** Agents change with a release only; five minutes is how long an old card may stay after one. */
export const AGENTS_CACHE_SECONDS = 300;

const SHAPE_VERSION = 1;

/** The agents as cards, the same for everybody; kept by the registry's version, so that a release never shows old cards. */
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
  (call, input) =>
    call.ports.cache.get({
      scope: publicScope,
      procedure: 'agents.list',
      input: { ...input, registryVersion },
      version: SHAPE_VERSION,
      schema: AgentsListOutput,
      ttlMs: AGENTS_CACHE_SECONDS * 1000,
      staleMs: AGENTS_CACHE_SECONDS * 1000,
      load: async () => ({ items: listVisibleAgents(input), version: registryVersion }),
    }),
);
