import type { RunRow } from '../../../db/queries/runs.ts';
import { formatCursor } from '../../runs/cursor.ts';
import { storedTerminal } from '../../runs/events.ts';
import type { RunSoFar } from '../../runs/service.ts';
import type { RunView } from './runs.contract.ts';

/**
 * A session of agent time: the answers of one conversation within this window. The tier's agent seconds are spent
 * in it by the server's clock, so reconnecting or reloading never gives new ones.
 */
export const SESSION_WINDOW_SECONDS = 30 * 60;

/** The name under which a cancel that came before its start is remembered. */
export const CANCELLED_BEFORE_START = 'runs.cancelled-before-start';

/** A run as its owner sees it; `soFar` is what is committed of one that has not ended. */
export function toRunView(row: RunRow, soFar: RunSoFar | null): RunView {
  const terminal = storedTerminal(row);
  return {
    runId: row.id,
    conversationId: row.conversationId,
    agentId: row.agentId,
    status: row.status,
    text: terminal?.text ?? soFar?.text ?? '',
    lastEventId: terminal === null ? (soFar?.lastEventId ?? null) : formatCursor(row.epoch, terminal.seq),
    messageId: terminal?.messageId ?? null,
    provider: row.provider,
    model: row.model,
    failure:
      terminal?.type === 'run.failed'
        ? { code: terminal.code, message: terminal.message, retryable: terminal.retryable }
        : null,
    reason:
      terminal?.type === 'run.incomplete' || terminal?.type === 'run.cancelled' ? terminal.reason : null,
    requiredTier: (terminal?.type === 'run.incomplete' && terminal.requiredTier) || null,
    usage: terminal?.type === 'run.completed' ? terminal.usage : null,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}
