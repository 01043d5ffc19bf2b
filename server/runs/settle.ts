import type { Database } from '../../db/client.ts';
import { appendMessage } from '../../db/queries/messages.ts';
import { appendOutbox } from '../../db/queries/operations.ts';
import { settleRun } from '../../db/queries/runs.ts';
import { recordAttempts } from '../../db/queries/usage.ts';
import { settleRunUnits } from '../../db/queries/usage-settlement.ts';
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
  try {
    return await store(database, settlement);
  } catch (error) {
    if (error instanceof OwnershipLost) return null;
    throw error;
  }
}

/** Safe to cast: `seq` and `messageId` are all that a draft lacks. */
function numbered(draft: TerminalDraft, messageId: string | null, seq: number): TerminalEvent {
  return { ...draft, messageId, seq } as TerminalEvent;
}

/** Rolls the settlement back: the message must not stay without its run. */
class OwnershipLost extends Error {}

async function store(database: Database, settlement: Settlement): Promise<TerminalEvent> {
  const { orgId, runId, conversationId, epoch, lastSeq, terminal } = settlement;
  return withOrgScope(database, orgId, 'write', async (scope) => {
    const messageId = terminal.text.length > 0 ? newId('message') : null;
    const event = numbered(terminal, messageId, lastSeq + 1);
    const status = statusOf[terminal.type];
    if (messageId !== null) {
      await appendMessage(scope, {
        id: messageId,
        conversationId,
        role: 'assistant',
        runId,
        content: terminal.text,
        metadata: {},
        status: status === 'completed' ? 'complete' : 'partial',
      });
    }
    const last = settlement.attempts.at(-1);
    const attempts = settlement.attempts.map((attempt) => ({ ...attempt, runId }));
    const end = {
      runId,
      epoch,
      status,
      terminal: event,
      lastSeq: event.seq,
      assistantMessageId: messageId,
      provider: last?.provider ?? null,
      model: last?.model ?? null,
    };
    const completed = {
      eventId: `run.completed:${runId}`,
      name: 'conversations/run.completed',
      data: { orgId, conversationId, runId },
    };
    // Sent together; who does not own the run any more rolls all of it back.
    const [owned] = await Promise.all([
      settleRun(scope, end),
      recordAttempts(scope, attempts),
      settleRunUnits(scope, { runId, conversationId, answered: terminal.text.length > 0 }),
      status === 'completed' ? appendOutbox(scope, [completed]) : undefined,
    ]);
    if (!owned) throw new OwnershipLost();
    return event;
  });
}
