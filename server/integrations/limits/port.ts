/** A budget of `limit` units in a sliding or fixed window of `windowMs`. The name is part of the counter's key. */
export interface LimitRule {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  /**
   * `open`: counted in Redis by leases; without it in the process, so calls go on. `postgres`: costs money, so it is
   * counted in Postgres only, exactly, and refused when Postgres is away.
   */
  readonly whenDown: 'open' | 'postgres';
}

export interface LimitRequest {
  readonly rule: LimitRule;
  /** Whose budget: `user:…`, `org:…`, `guest:…`, or `addr:…` (IPv6 by /64). */
  readonly subject: string;
  readonly cost?: number;
}

export interface LimitDecision {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** When the budget is whole again, in ms since 1970. */
  readonly resetsAt: number;
  readonly retryAfterMs: number;
}

/** Counts and decides in one step. Never rejects: the rule says what an outage means. */
export interface RateLimiter {
  readonly kind: 'memory' | 'upstash' | 'postgres';
  consume(request: LimitRequest): Promise<LimitDecision>;
}
