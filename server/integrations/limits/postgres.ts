import { LRUCache } from 'lru-cache';
import type { Database } from '../../../db/client.ts';
import { countInWindow } from '../../../db/queries/limits.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { createGuard } from '../cache/guard.ts';
import type { LimitDecision, LimitRequest, RateLimiter } from './port.ts';
import { slidingDecision } from './sliding.ts';

export interface PostgresLimiterOptions {
  readonly database: Database;
  readonly deadlineMs?: number;
  onFault?(cause: unknown): void;
}

/** How long a caller is sent away when the counters cannot be reached. */
const closedMs = 2_000;

/**
 * Sliding windows in Postgres, by its clock: exact over all processes, and they survive restarts and a flushed Redis.
 * Fails closed: when Postgres does not answer within the deadline the call is refused. A refusal is remembered until it
 * can change, so that a caller who insists does not cost a statement each time.
 */
export function createPostgresLimiter(options: PostgresLimiterOptions): RateLimiter {
  const guard = createGuard({ deadlineMs: options.deadlineMs ?? 2_000 });
  const refused = new LRUCache<
    string,
    { readonly until: number; readonly cost: number; readonly decision: LimitDecision }
  >({
    max: 10_000,
  });

  const standing = (key: string, cost: number): LimitDecision | null => {
    const known = refused.get(key);
    const leftMs = (known?.until ?? 0) - performance.now();
    if (known === undefined || leftMs <= 0 || cost < known.cost) return null;
    return { ...known.decision, retryAfterMs: Math.ceil(leftMs) };
  };
  return {
    kind: 'postgres',
    async consume(request: LimitRequest) {
      const { rule, subject, cost = 1 } = request;
      const key = `${rule.name}\n${subject}`;
      const known = standing(key, cost);
      if (known) return known;
      const call = { name: rule.name, subject, windowMs: rule.windowMs, limit: rule.limit, cost };
      const outcome = await guard.run(() =>
        withSystemScope(options.database, 'write', (scope) => countInWindow(scope, call)),
      );
      if (!outcome.ok) {
        options.onFault?.(outcome.cause);
        return {
          allowed: false,
          limit: rule.limit,
          remaining: 0,
          resetsAt: Date.now() + closedMs,
          retryAfterMs: closedMs,
        };
      }
      const { counted, ...state } = outcome.value;
      const decision = slidingDecision(
        { ...state, windowMs: rule.windowMs, limit: rule.limit },
        cost,
        counted,
      );
      if (!counted) refused.set(key, { until: performance.now() + decision.retryAfterMs, cost, decision });
      return decision;
    },
  };
}
