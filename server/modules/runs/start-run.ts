import type { z } from 'zod';
import { findConversation, insertConversation } from '../../../db/queries/conversations.ts';
import { appendMessage } from '../../../db/queries/messages.ts';
import { findIdempotent, lockKey } from '../../../db/queries/operations.ts';
import { findLiveRun, findRunByClientKey, insertRun } from '../../../db/queries/runs.ts';
import type { Principal } from '../../core/actor.ts';
import { principalOf } from '../../core/authorise.ts';
import type { Call, ScopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { newId } from '../../core/ids.ts';
import { operation } from '../../core/operation.ts';
import { openScope } from '../../core/scoped.ts';
import { type AgentDefinition, agentForRun } from '../agents/agent-for-run.ts';
import { defaultTitle } from '../conversations/conversations.rules.ts';
import { admitGuestMessage } from './guest-limit.ts';
import { reserveRun } from './run-budget.ts';
import { RunStarted, StartRunInput } from './runs.contract.ts';
import { CANCELLED_BEFORE_START } from './runs.rules.ts';

/** A process going down is out of the balancer, and its sockets moved, within about this long. */
const ELSEWHERE_MS = 1000;

/**
 * Stores the person's message and a queued run, and hands it to the producer once both are durable.
 * The client key makes it idempotent: a repetition resolves the same run, whatever became of it.
 */
export const startRun = operation(
  {
    name: 'runs.start',
    summary: 'Sends a message to an agent and starts its answer; follow the run to read it.',
    kind: 'mutation',
    needs: 'run:write',
    input: StartRunInput,
    output: RunStarted,
    admit: admitGuest,
    keyOf: (input) => input.clientKey,
  },
  async (call, input) => {
    const principal = principalOf(call.actor);
    const earlier = await findRunByClientKey(call.scope, principal.userId, input.clientKey);
    if (earlier !== null) {
      if (input.conversationId !== undefined && earlier.conversationId !== input.conversationId) {
        throw new Failure('idempotency.conflict');
      }
      call.repeated();
      return {
        runId: earlier.id,
        conversationId: earlier.conversationId,
        userMessageId: earlier.userMessageId,
        status: earlier.status,
      };
    }
    if (!call.ports.runs.accepting) throw new Failure('server.draining', { retryAfterMs: ELSEWHERE_MS });
    const agent = agentForRun(input.agentId, principal);
    const conversationId = await conversationFor(call, principal, agent, input);
    const runId = newId('run');
    const budget = await reserveRun(call, principal, { runId, conversationId });
    const userMessageId = newId('message');
    await appendMessage(call.scope, {
      id: userMessageId,
      conversationId,
      role: 'user',
      content: input.message,
      status: 'complete',
      runId: null,
      metadata: input.metadata ?? {},
    });
    const isAlone = await insertRun(
      call.scope,
      {
        id: runId,
        conversationId,
        ownerId: principal.userId,
        agentId: agent.id,
        app: call.app,
        clientKey: input.clientKey,
        userMessageId,
        ...budget,
        logKind: call.ports.runs.logKind,
      },
      call.ports.runs.lease,
    );
    // Another start in this conversation was faster.
    if (!isAlone) throw busyWith(await findLiveRun(call.scope, conversationId));
    call.audit(runId, { conversationId, agentId: agent.id });
    // Sent together: a cancel under this key has either left its mark by now or will find this run.
    const [, tombstone] = await Promise.all([
      lockKey(call.scope, principal.userId, input.clientKey),
      findIdempotent(call.scope, {
        actorId: principal.userId,
        operation: CANCELLED_BEFORE_START,
        key: input.clientKey,
      }),
    ]);
    call.afterCommit(async () => {
      if (tombstone !== null) {
        await call.ports.runs.end(principal.orgId, runId, {
          kind: 'cancelled',
          by: principal.userId,
          reason: 'before start',
        });
        return;
      }
      call.ports.runs.launch({
        orgId: principal.orgId,
        runId,
        conversationId,
        ownerId: principal.userId,
        agentId: agent.id,
        app: call.app,
        ...budget,
      });
    });
    return { runId, conversationId, userMessageId, status: 'queued' as const };
  },
);

/** Counts a guest's message, unless the start cannot be or was counted already: a repetition resolves the same run. */
async function admitGuest(call: Call, { agentId, clientKey }: z.output<typeof StartRunInput>): Promise<void> {
  const { actor } = call;
  if (actor.kind !== 'guest') return;
  agentForRun(agentId, actor);
  const earlier = await openScope(call, 'runs.start', 'read', ({ scope }) =>
    findRunByClientKey(scope, actor.userId, clientKey),
  );
  if (earlier === null) await admitGuestMessage(call, actor);
}

/** The conversation named by the input, which must be the caller's and with this agent, or a new one. */
async function conversationFor(
  call: ScopedCall,
  principal: Principal,
  agent: AgentDefinition,
  input: { readonly conversationId?: string | undefined; readonly message: string },
): Promise<string> {
  if (input.conversationId === undefined) {
    const id = newId('conversation');
    const title = defaultTitle(input.message);
    await insertConversation(call.scope, {
      id,
      ownerId: principal.userId,
      agentId: agent.id,
      app: call.app,
      title,
      titleSource: 'default',
    });
    return id;
  }
  const found = await findConversation(call.scope, principal.userId, input.conversationId);
  if (found === null) throw new Failure('conversation.not-found');
  if (found.agentId !== agent.id) throw new Failure('conversation.agent-mismatch');
  const live = await findLiveRun(call.scope, found.id);
  if (live !== null) throw busyWith(live);
  return found.id;
}

/** A conversation's runs are its owner's, who may follow the one in the way; null when it has just ended. */
function busyWith(live: { readonly id: string } | null): Failure {
  return new Failure('run.busy', { retryAfterMs: 1000, ...(live === null ? {} : { runId: live.id }) });
}
