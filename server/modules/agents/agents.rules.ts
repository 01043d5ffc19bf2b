import type { AppId } from '../../core/apps.ts';
import { type Agent, type AgentCategory, type AgentsListInput, agentCategories } from './agents.contract.ts';
import { categoryTexts } from './registry/categories.ts';
import type { AgentDefinition } from './registry/definition.ts';
import { agents, publicAgents } from './registry/registry.ts';

const byKey = new Map(agents.flatMap((agent) => [[agent.id, agent] as const, [agent.slug, agent] as const]));
const publicByKey = new Map(
  publicAgents.flatMap((agent) => [
    [agent.id, agent],
    [agent.slug, agent],
  ]),
);

/** The whole agent by id or slug; for the server's own use. */
export function findAgent(idOrSlug: string): AgentDefinition | null {
  return byKey.get(idOrSlug) ?? null;
}

/** The public view of an agent by id or slug. */
export function findPublicAgent(idOrSlug: string): Agent | null {
  return publicByKey.get(idOrSlug) ?? null;
}

/**
 * Public views by app and category, in the order of display. Guests see all of them as members do;
 * `isPublic` says which ones a guest may talk to.
 */
export function listVisibleAgents(filter: AgentsListInput): Agent[] {
  return publicAgents.filter(
    (agent) =>
      (filter.app === undefined || agent.apps.includes(filter.app)) &&
      (filter.category === undefined || agent.category === filter.category),
  );
}

/** The groups that have agents, each with its count, in the order of display. */
export function categoriesOf(app: AppId | undefined): AgentCategory[] {
  const visible = listVisibleAgents({ app });
  return agentCategories
    .map((key) => ({
      key,
      ...categoryTexts[key],
      count: visible.filter((agent) => agent.category === key).length,
    }))
    .filter((category) => category.count > 0);
}
