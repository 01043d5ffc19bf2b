import { searchKnowledge } from '../../../../db/queries/knowledge.ts';
import type { AnyScope } from '../../../../db/scope.ts';
import type { ContextNote } from '../../../integrations/ai/port.ts';
import type { AgentDefinition } from '../registry/definition.ts';
import { relevantNotes } from './relevance.ts';

const MOST_NOTES = 4;
/** Full text search counts any shared word; the best of these are judged again by how much their words tell. */
const CANDIDATES = 20;
/** A question is in its beginning; a pasted document would only make the search slow. */
const SEARCHED_CHARACTERS = 1000;

/** Up to four notes of the agent's domains or of the craft of selling that fit the question, best first; [] when none does. */
export async function knowledgeFor(
  scope: AnyScope,
  agent: Pick<AgentDefinition, 'knowledge'>,
  question: string,
): Promise<ContextNote[]> {
  const text = question.slice(0, SEARCHED_CHARACTERS).toWellFormed();
  const hits = await searchKnowledge(scope, {
    text,
    domains: [...agent.knowledge, 'sales-craft'],
    limit: CANDIDATES,
  });
  return relevantNotes(text, hits)
    .slice(0, MOST_NOTES)
    .map(({ title, body }) => ({ title, body }));
}
