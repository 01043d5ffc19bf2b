import type { LimitDecision } from './port.ts';

/** Where a subject stands in fixed windows of `windowMs`, the current one begun at `start`. */
export interface WindowState {
  readonly now: number;
  readonly start: number;
  readonly windowMs: number;
  readonly limit: number;
  /** Units counted in the current window. */
  readonly used: number;
  /** Units counted in the one before; they weigh less the further the current window has run. */
  readonly previous: number;
}

export function windowStart(now: number, windowMs: number): number {
  return now - (now % windowMs);
}

/** What of the window before still counts; rounded up, so that it is never less than its share. */
export function carriedOver({ now, start, windowMs, previous }: WindowState): number {
  return Math.ceil((previous * (windowMs - (now - start))) / windowMs);
}

export function wouldFit(state: WindowState, cost: number): boolean {
  return state.used + carriedOver(state) + cost <= state.limit;
}

/** The answer for a state in which `cost` was counted (`allowed`) or refused. */
export function slidingDecision(state: WindowState, cost: number, allowed: boolean): LimitDecision {
  const { limit, used, previous, start, windowMs, now } = state;
  const windowsLeft = used > 0 ? 2 : previous > 0 ? 1 : 0;
  return {
    allowed,
    limit,
    remaining: Math.max(0, limit - used - carriedOver(state)),
    resetsAt: windowsLeft === 0 ? now : start + windowsLeft * windowMs,
    retryAfterMs: allowed ? 0 : waitFor(state, cost),
  };
}

/** Until `cost` fits when nothing else is counted meanwhile; the whole budget's return when it never fits. */
function waitFor({ now, start, windowMs, limit, used, previous }: WindowState, cost: number): number {
  const fits =
    used + cost <= limit
      ? start + shrinkingMs(previous, limit - cost - used, windowMs)
      : start + windowMs + shrinkingMs(used, limit - cost, windowMs);
  return Math.max(1, Math.ceil(fits - now));
}

/** How far a window must have run for `carried` units of the one before to have shrunk to `room`. */
function shrinkingMs(carried: number, room: number, windowMs: number): number {
  if (carried <= room) return 0;
  // Multiplied before divided: exact where the result is a whole millisecond.
  return (windowMs * (carried - Math.max(0, room))) / carried;
}
