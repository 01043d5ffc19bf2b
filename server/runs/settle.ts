import type { Database } from '../../db/client.ts';
import { insertAssistantMessage } from '../../db/queries/conversations.ts';
import { appendOutbox } from '../../db/queries/operations.ts';
import { settleRun } from '../../db/queries/runs.ts';
import { recordAttempt } from '../../db/queries/usage.ts';
import { withOrgScope } from '../../db/tx.ts';
import { newId } from '../core/ids.ts';
import type { AttemptRecord } from './attempt-record.ts';
import type { TerminalEvent } from './events.ts';

/** A terminal event before its number and its message id, which the settlement gives. */
export type TerminalDraft = TerminalEvent extends infer E
  ? E extends TerminalEvent
    ? Omit<E, 'seq' | 'messageId'>
    : never
  : never;

export interface Settlement {
  readonly orgId: string;
  readonly runId: string;
  readonly conversationId: string;
  readonly epoch: number;
  readonly lastSeq: number;
  readonly terminal: TerminalDraft;
  readonly attempts: readonly AttemptRecord[];
}

const statusOf = {
  'run.completed': 'completed',
  'run.incomplete': 'incomplete',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
} as const;

/**
 * Stores a run's end in one transaction: status, message, usage of every attempt, and the event that jobs wait for.
 * Null when another epoch owns the run by now: then nothing was written. The terminal event is appended to the log after this.
 */
export async function settle(database: Database, settlement: Settlement): Promise<TerminalEvent | null> {
  const { orgId, runId, conversationId, epoch, lastSeq, terminal } = settlement;
  return withOrgScope(database, orgId, 'write', async (scope) => {
    const messageId = terminal.text.length > 0 ? newId('message') : null;
    const event = { ...terminal, messageId, seq: lastSeq + 1 } as TerminalEvent;
    const status = statusOf[terminal.type];
    const owned = await settleRun(scope, {
      runId,
      epoch,
      status,
      terminal: event,
      lastSeq: event.seq,
      assistantMessageId: messageId,
    });
    if (!owned) return null;
    if (messageId !== null) {
      await insertAssistantMessage(scope, {
        id: messageId,
        conversationId,
        runId,
        content: terminal.text,
        status: status === 'completed' ? 'complete' : 'partial',
      });
    }
    for (const attempt of settlement.attempts) await recordAttempt(scope, { ...attempt, runId });
    await appendOutbox(scope, [
      {
        eventId: `run-ended:${runId}`,
        name: status === 'completed' ? 'conversations/run.completed' : 'conversations/run.ended',
        data: { orgId, conversationId, runId, status },
      },
    ]);
    return event;
  });
}
