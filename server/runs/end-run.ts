import { bumpRunEpoch, findRun, moveRunLog, type RunRow } from '../../db/queries/runs.ts';
import { withOrgScope } from '../../db/tx.ts';
import { loggedAttempts } from './attempt-record.ts';
import type { EngineDeps } from './engine-deps.ts';
import { foldText, type RunEvent, storedTerminal, type TerminalEvent } from './events.ts';
import type { LogEntry, RunLog } from './log.ts';
import type { Ending } from './service.ts';
import { settle, type TerminalDraft } from './settle.ts';

const LOST_RACE_TRIES = 20;
const LOST_RACE_WAIT_MS = 50;

/**
 * Ends a run from outside its producer by the one control operation there is: take the next epoch, write the marker,
 * read the tail, settle, write the terminal. From the marker on nothing of the old producer can land.
 * Resolves the terminal event (also when the run had ended already), or null when there is no such run.
 * A log that does not answer, or is not configured here, is left for one that is, where the run ends with its last checkpoint.
 */
export async function endRun(
  deps: EngineDeps,
  orgId: string,
  runId: string,
  ending: Ending,
): Promise<TerminalEvent | null> {
  const taken = await withOrgScope(deps.database, orgId, 'write', (scope) => bumpRunEpoch(scope, runId));
  if (taken === null) return terminalOfOther(deps, orgId, runId);
  const owned = await takeLog(deps, taken);
  if (owned === null) return terminalOfOther(deps, orgId, runId);
  const { log, epoch, events } = owned;
  // A checkpoint beyond the log was seen by viewers: what the log lost since is in its text.
  const { checkpoint } = taken;
  const kept = checkpoint !== null && checkpoint.seq > events.length ? checkpoint : null;
  const terminal = await settle(deps.database, {
    orgId,
    runId,
    conversationId: taken.conversationId,
    epoch,
    lastSeq: kept?.seq ?? events.length,
    terminal: terminalDraft(ending, kept?.text ?? foldText(events)),
    attempts: loggedAttempts(events, taken.app, deps.clock.now()),
  });
  if (terminal === null) return terminalOfOther(deps, orgId, runId);
  await seal(deps, log, { runId, epoch, terminal });
  return terminal;
}

interface OwnedLog {
  readonly log: RunLog;
  readonly epoch: number;
  /** From number 1 to the end of the log, or to its first hole. */
  readonly events: readonly RunEvent[];
}

/** Writes the marker and reads the log; null when a higher epoch was faster. */
async function takeLog(deps: EngineDeps, run: RunRow): Promise<OwnedLog | null> {
  const log = deps.logs.of(run.logKind);
  try {
    return await readOwned(log, run.id, run.epoch);
  } catch (error) {
    const refuge = deps.logs.fallback ?? deps.logs.primary;
    if (refuge === log) throw error;
    deps.logger.warn(
      { err: error, runId: run.id, log: refuge.kind },
      'run log is away; ending the run in another',
    );
    const move = { runId: run.id, epoch: run.epoch, logKind: refuge.kind };
    const epoch = await withOrgScope(deps.database, run.orgId, 'write', (scope) => moveRunLog(scope, move));
    return epoch === null ? null : readOwned(refuge, run.id, epoch);
  }
}

async function readOwned(log: RunLog, runId: string, epoch: number): Promise<OwnedLog | null> {
  if ((await log.takeover(runId, epoch, { create: true })) === 'fenced') return null;
  const entries = await log.read(runId, 0, Number.MAX_SAFE_INTEGER);
  const events = entries.flatMap((entry) => entry.events);
  const hole = events.findIndex((event, index) => event.seq !== index + 1);
  return { log, epoch, events: hole < 0 ? events : events.slice(0, hole) };
}

/** Appends the stored terminal event and gives up the lease; what fails here the reaper repeats. */
export async function seal(
  deps: EngineDeps,
  log: RunLog,
  run: { runId: string; epoch: number; terminal: TerminalEvent },
): Promise<void> {
  const { runId, epoch, terminal } = run;
  const entry: LogEntry = {
    epoch,
    firstSeq: terminal.seq,
    lastSeq: terminal.seq,
    events: [terminal],
  };
  try {
    const outcome = await log.append(runId, entry);
    if (outcome === 'appended') {
      deps.onSealed(runId, entry);
      return;
    }
    deps.logger.warn({ runId, outcome }, 'terminal event not appended; the reaper will seal the log');
  } catch (error) {
    deps.logger.warn({ err: error, runId }, 'log did not take the terminal event; the reaper will seal it');
  }
}

/** Another owner of a higher epoch is ending the run right now: its result is ours. */
async function terminalOfOther(
  deps: EngineDeps,
  orgId: string,
  runId: string,
): Promise<TerminalEvent | null> {
  for (let attempt = 0; attempt < LOST_RACE_TRIES; attempt += 1) {
    const row = await withOrgScope(deps.database, orgId, 'read', (scope) => findRun(scope, runId));
    if (row === null) return null;
    const terminal = storedTerminal(row);
    if (terminal !== null) return terminal;
    await new Promise((resolve) => setTimeout(resolve, LOST_RACE_WAIT_MS));
  }
  throw new Error(`run ${runId} was taken over but not ended in time`);
}

function terminalDraft(ending: Ending, text: string): TerminalDraft {
  if (ending.kind === 'cancelled')
    return { type: 'run.cancelled', by: ending.by, reason: ending.reason, text };
  if (ending.kind === 'time_limit') {
    const { limitSeconds, requiredTier } = ending;
    const upgrade = requiredTier === null ? {} : { requiredTier };
    return { type: 'run.incomplete', reason: 'time_limit', limitSeconds, ...upgrade, text };
  }
  if (text.length > 0) return { type: 'run.incomplete', reason: 'interrupted', text };
  return {
    type: 'run.failed',
    code: 'run.interrupted',
    message: 'The answer was interrupted; ask again to continue.',
    retryable: true,
    text,
  };
}
