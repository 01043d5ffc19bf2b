import type { Principal } from '../../core/actor.ts';
import { Failure } from '../../core/failure.ts';
import { findAgent } from './agents.rules.ts';
import type { AgentDefinition } from './registry/definition.ts';

export type { AgentDefinition } from './registry/definition.ts';

/**
 * The agent this person may talk to, by id or slug. Throws `agent.not-found` when there is none,
 * `agent.not-public` when a guest asks for an agent that needs an account.
 */
export function agentForRun(idOrSlug: string, principal: Pick<Principal, 'kind'>): AgentDefinition {
  const agent = findAgent(idOrSlug);
  if (agent === null) throw new Failure('agent.not-found');
  if (principal.kind === 'guest' && !agent.isPublic) throw new Failure('agent.not-public');
  return agent;
}

/** The name to show for an agent's id, also for one that has left the registry. */
export function agentName(id: string): string {
  return findAgent(id)?.name ?? 'Former agent';
}
