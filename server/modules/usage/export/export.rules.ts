import type { Meter } from '../../../core/meters.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The vendor drops a repeated identifier for 24 h; an hour less leaves room for a slow request. */
export const REPEATABLE_MS = 23 * HOUR_MS;
/** The vendor takes use of the past 35 days; a day less leaves room for an outage. */
export const TELLABLE_MS = 34 * DAY_MS;
/** How long after its end an hour is sealed, so that little comes late. */
export const SEAL_LAG_MS = 10 * 60_000;

/** What the vendor's meters are called: the `event_name` of each. A meter without a name is not exported. */
export const meterEventNames = {
  aiQueries: 'repspheres_ai_queries',
  researchScans: 'repspheres_research_scans',
  emails: 'repspheres_emails',
  calls: 'repspheres_calls',
  transcriptions: 'repspheres_transcriptions',
  agentMilliseconds: 'repspheres_agent_milliseconds',
} as const satisfies Partial<Record<Meter, string>>;

export type ExportedMeter = keyof typeof meterEventNames;
export const exportedMeters = Object.keys(meterEventNames) as ExportedMeter[];

/** Use before this instant (ms) belongs to hours that may be sealed. */
export function sealBoundary(now: number): number {
  return Math.floor((now - SEAL_LAG_MS) / HOUR_MS) * HOUR_MS;
}

export interface WindowFacts {
  readonly state: 'pending' | 'unknown' | 'suspect' | 'confirmed' | 'parked' | 'credited';
  readonly usedAt: number;
  /** Null while nothing was sent under the present identifier. */
  readonly firstAttemptAt: number | null;
}

/** What may be done with a window: sent, compared with what the vendor counted, left for later, or given to a person. */
export type NextStep = 'send' | 'compare' | 'wait' | 'credit-by-hand' | 'nothing';

/**
 * An attempt that may have arrived is repeated while the vendor still knows its identifier, and compared afterwards.
 * What the vendor said it might have dropped is never repeated blindly: it is compared once its counts have settled.
 */
export function nextStep(window: WindowFacts, now: number): NextStep {
  if (['confirmed', 'parked', 'credited'].includes(window.state)) return 'nothing';
  const repeatable = window.firstAttemptAt === null || now - window.firstAttemptAt < REPEATABLE_MS;
  if (!repeatable) return 'compare';
  if (window.state === 'suspect') return 'wait';
  if (now - window.usedAt < TELLABLE_MS) return 'send';
  return window.firstAttemptAt === null ? 'credit-by-hand' : 'wait';
}

export interface Comparison {
  /** Units of the window under question. */
  readonly quantity: number;
  /** Units of the same customer, meter and hour that are known to have arrived. */
  readonly confirmed: number;
  /** Units of its siblings whose arrival is also unknown. */
  readonly doubtful: number;
  /** What the vendor counted for the hour. */
  readonly counted: number;
}

export type Verdict =
  | { readonly kind: 'arrived' }
  | { readonly kind: 'missing'; readonly units: number }
  | { readonly kind: 'park' };

/** Judges by the vendor's own count. Only a difference that this window alone can explain is sent again. */
export function judge({ quantity, confirmed, doubtful, counted }: Comparison): Verdict {
  const missing = confirmed + doubtful + quantity - counted;
  if (missing === 0) return { kind: 'arrived' };
  if (doubtful === 0 && missing > 0 && missing <= quantity) return { kind: 'missing', units: missing };
  return { kind: 'park' };
}

/** The wait before the next attempt after so many: 1 min doubling to 1 h. */
export function retryWait(attempts: number): number {
  return Math.min(60_000 * 2 ** Math.min(attempts, 10), HOUR_MS);
}
