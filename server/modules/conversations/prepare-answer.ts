import type { Database } from '../../../db/client.ts';
import { getConversationForWork } from '../../../db/queries/conversations.ts';
import { listMessagesBefore } from '../../../db/queries/messages.ts';
import { withOrgScope } from '../../../db/tx.ts';
import { Failure } from '../../core/failure.ts';
import { chainFor } from '../../integrations/ai/chain.ts';
import type { ChatTurn, ModelProvider } from '../../integrations/ai/port.ts';
import type { PreparedAnswer } from '../../runs/producer.ts';
import type { LaunchedRun } from '../../runs/service.ts';
import { findAgent } from '../agents/agents.rules.ts';
import { knowledgeFor } from '../agents/knowledge/knowledge-for.ts';
import { buildSystemPrompt, personaContext } from '../agents/system-prompt.ts';

/** Turns sent along word for word; what is older is in the rolling summary. */
export const RECENT_TURNS = 20;
const MAX_OUTPUT_TOKENS = 1500;

/** What the models are asked for a run: persona, house rules, fitting notes, summary and the last turns of its conversation. */
export async function prepareAnswer(
  database: Database,
  providers: readonly ModelProvider[],
  run: LaunchedRun,
): Promise<PreparedAnswer> {
  const agent = findAgent(run.agentId);
  if (agent === null) throw new Failure('agent.not-found');
  return withOrgScope(database, run.orgId, 'read', async (scope) => {
    const query = { conversationId: run.conversationId, beforeSeq: null, limit: RECENT_TURNS };
    const [conversation, newestFirst] = await Promise.all([
      getConversationForWork(scope, run.conversationId),
      listMessagesBefore(scope, query),
    ]);
    const turns = newestFirst.reverse().map(({ role, content }): ChatTurn => ({ role, text: content }));
    const notes = await knowledgeFor(scope, agent, turns.at(-1)?.text ?? '');
    const summary = conversation?.summary ?? null;
    return {
      chain: chainFor(agent.model, providers),
      request: {
        system: buildSystemPrompt(agent, { app: run.app, notes, summary }),
        turns: fromFirstQuestion(turns),
        maxOutputTokens: MAX_OUTPUT_TOKENS,
        persona: personaContext(agent),
        notes,
        endUser: run.ownerId,
      },
    };
  });
}

/** Vendors want the first turn to be the person's. */
function fromFirstQuestion(turns: readonly ChatTurn[]): ChatTurn[] {
  const first = turns.findIndex((turn) => turn.role === 'user');
  return turns.slice(Math.max(0, first));
}
