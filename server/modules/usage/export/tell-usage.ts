import { claimExports } from '../../../../db/queries/usage-exports.ts';
import { Failure } from '../../../core/failure.ts';
import type { MeterOutcome } from '../../../integrations/payments/metering.ts';
import { compareWindow } from './compare-window.ts';
import { type ExportedMeter, meterEventNames, nextStep, REPEATABLE_MS } from './export.rules.ts';
import { asPlatform, type ExportDeps } from './export-deps.ts';
import {
  changeWindow,
  confirmWindow,
  type HeldWindow,
  parkWindow,
  postponeWindow,
  resendMissing,
} from './window-outcomes.ts';

/** Long enough for the requests of a batch unless the vendor is slow; who outlasts it finds its windows with another and leaves them. */
const LEASE_MS = 300_000;
const BATCH = 20;

/** What became of the windows that were due. `retried` will be tried again, `parked` waits for a person. */
export interface TellReport {
  readonly confirmed: number;
  readonly retried: number;
  readonly parked: number;
  /** Set when the vendor asked for patience and the rest was left. */
  readonly retryAfterMs: number | null;
}

/** What one window came to; throttled ends the call. */
type Told = 'confirmed' | 'retried' | 'parked' | { readonly throttledMs: number };

/**
 * Tells the vendor every sealed window that is due, and settles those of which it is unknown whether they arrived. Each
 * attempt is on record before it is made, so a process killed anywhere leaves a window that the next call takes on.
 */
export async function tellUsage(deps: ExportDeps): Promise<TellReport> {
  const counts = { confirmed: 0, retried: 0, parked: 0 };
  for (;;) {
    const now = await deps.time();
    const windows = await asPlatform(deps, 'write', (scope) =>
      claimExports(scope, { livemode: deps.livemode, now, leaseMs: LEASE_MS, limit: BATCH }),
    );
    if (windows.length === 0) return { ...counts, retryAfterMs: null };
    for (const [index, window] of windows.entries()) {
      const told = await tellWindow(deps, { window, now: await deps.time() });
      counts[typeof told === 'string' ? told : 'retried'] += 1;
      if (typeof told === 'string') continue;
      for (const left of windows.slice(index + 1))
        await changeWindow(deps, { window: left }, { leaseUntil: null });
      return { ...counts, retryAfterMs: told.throttledMs };
    }
  }
}

async function tellWindow(deps: ExportDeps, held: HeldWindow): Promise<Told> {
  const { usedAt, firstAttemptAt, state } = held.window;
  const facts = {
    state,
    usedAt: usedAt.getTime(),
    firstAttemptAt: firstAttemptAt?.getTime() ?? null,
  };
  const step = nextStep(facts, held.now.getTime());
  if (step === 'send') return sendWindow(deps, held);
  if (step === 'compare') return settleByCount(deps, held);
  if (step === 'credit-by-hand') {
    await parkWindow(deps, held, step);
    return 'parked';
  }
  const checkAt = new Date((firstAttemptAt ?? held.now).getTime() + REPEATABLE_MS);
  await changeWindow(deps, held, { leaseUntil: null, nextAttemptAt: checkAt });
  return 'retried';
}

async function sendWindow(deps: ExportDeps, held: HeldWindow): Promise<Told> {
  const { window, now } = held;
  const begun = {
    state: 'unknown' as const,
    firstAttemptAt: window.firstAttemptAt ?? now,
    attempts: window.attempts + 1,
  };
  // Another holder has it: what became of it is theirs to say.
  if (!(await changeWindow(deps, held, begun))) return 'retried';
  const outcome = await deps.metering.send({
    // Safe: only meters of this list are sealed.
    eventName: meterEventNames[window.meter as ExportedMeter],
    customerId: window.customerId,
    identifier: window.identifier,
    quantity: window.sendQuantity,
    usedAt: window.usedAt.getTime(),
  });
  return settleByAnswer(deps, { before: held, after: { window: { ...window, ...begun }, now }, outcome });
}

interface Answered {
  readonly before: HeldWindow;
  readonly after: HeldWindow;
  readonly outcome: MeterOutcome;
}

async function settleByAnswer(deps: ExportDeps, { before, after, outcome }: Answered): Promise<Told> {
  if (outcome.kind === 'refused') {
    await parkWindow(deps, after, `refused: ${outcome.code}`);
    return 'parked';
  }
  if (outcome.kind === 'throttled') {
    // It did not look at the event, so the identifier is as young or as unused as before.
    const { state, firstAttemptAt } = before.window;
    const nextAttemptAt = new Date(after.now.getTime() + outcome.retryAfterMs);
    await changeWindow(deps, after, { state, firstAttemptAt, nextAttemptAt, leaseUntil: null });
    return { throttledMs: outcome.retryAfterMs };
  }
  if (outcome.kind === 'unknown') {
    await postponeWindow(deps, after, outcome.error);
    return 'retried';
  }
  await confirmWindow(deps, after);
  return 'confirmed';
}

async function settleByCount(deps: ExportDeps, held: HeldWindow): Promise<Told> {
  const verdict = await compareWindow(deps, held.window).catch((error: unknown) => {
    if (error instanceof Failure) return error;
    throw error;
  });
  if (verdict instanceof Failure) {
    if (verdict.kind === 'upstream') {
      await postponeWindow(deps, held, verdict.code);
      return 'retried';
    }
    // Such as a meter that is not in use any more: one window is no reason to tell nothing of the others.
    await parkWindow(deps, held, `no-count: ${verdict.code}`);
    return 'parked';
  }
  if (verdict.kind === 'park') {
    await parkWindow(deps, held, 'counts-differ');
    return 'parked';
  }
  if (verdict.kind === 'missing') {
    await resendMissing(deps, held, verdict.units);
    return 'retried';
  }
  await confirmWindow(deps, held);
  return 'confirmed';
}
