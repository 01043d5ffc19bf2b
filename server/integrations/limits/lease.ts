import type { LimitDecision, LimitRule } from './port.ts';

/** What the shared counter answered. */
export interface Grant {
  readonly granted: boolean;
  /** Left in the shared counter. */
  readonly remaining: number;
  /** When the shared window ends, in ms since 1970. */
  readonly resetsAt: number;
}

/** Asks the shared counter for `units` of a budget; it grants all of them or none. */
export type AskShared = (rule: LimitRule, subject: string, units: number) => Promise<Grant>;

/** A process may spend this share of a budget in a window before it asks the shared counter at all. */
const creditShare = 1 / 20;
/** A lease is this share of what is left, so that leases shrink towards the limit … */
const leaseShare = 1 / 8;
/** … but not below this share of the whole, or the last units would cost a round trip each. */
const leastLeaseShare = 1 / 100;

/**
 * One subject's part of one rule in this process. First a small credit, spent before anybody is asked and settled with
 * the first lease; then leases, which the shared counter has taken off the budget already. Hence, over all processes, a
 * window admits at most `limit` plus one credit (limit / 20) a process, and withholds at most the unspent leases.
 */
export class Lease {
  readonly rule: LimitRule;
  #left = 0;
  #credit: number;
  #debt = 0;
  #known: number;
  #endsAt: number;
  #refused = { until: 0, cost: Number.POSITIVE_INFINITY };
  /** Units that callers are waiting for; the next lease covers them. */
  waiting = 0;
  renewal: Promise<boolean> | null = null;

  constructor(rule: LimitRule, now: number) {
    this.rule = rule;
    this.#credit = Math.floor(rule.limit * creditShare);
    this.#known = rule.limit;
    this.#endsAt = now + rule.windowMs;
  }

  endedBy(now: number): boolean {
    return now >= this.#endsAt;
  }

  /** Spends locally. Null: only the shared counter can say. */
  spend(cost: number, now: number): LimitDecision | null {
    if (cost <= this.#left) this.#left -= cost;
    else if (cost <= this.#credit) {
      this.#credit -= cost;
      this.#debt += cost;
    } else return now < this.#refused.until && cost >= this.#refused.cost ? this.#decision(false, now) : null;
    return this.#decision(true, now);
  }

  /** Units to ask for: what was spent on credit, and as much ahead as is fair to other processes. */
  ask(cost: number): number {
    const { limit } = this.rule;
    const fair = Math.max(Math.floor(this.#known * leaseShare), Math.floor(limit * leastLeaseShare));
    return this.#debt + Math.max(cost, fair, Math.min(this.waiting, this.#known));
  }

  /** The least that lets a caller through. */
  askLeast(cost: number): number {
    return this.#debt + cost;
  }

  take(units: number, grant: Grant): void {
    this.#left += units - this.#debt;
    this.#debt = 0;
    this.#credit = 0;
    this.#known = grant.remaining;
    this.#endsAt = grant.resetsAt;
  }

  /** The budget is spent: nothing of this cost or more goes through before the shared window ends. */
  refuse(cost: number, grant: Grant, now: number): void {
    const until = Math.max(grant.resetsAt, now + 1_000);
    this.#refused = { until, cost };
    this.#credit = 0;
    this.#known = 0;
    this.#endsAt = until;
  }

  #decision(allowed: boolean, now: number): LimitDecision {
    const { limit } = this.rule;
    const remaining = this.#left + this.#known - this.#debt;
    return {
      allowed,
      limit,
      remaining: allowed ? Math.min(limit, Math.max(0, remaining)) : 0,
      resetsAt: this.#endsAt,
      retryAfterMs: allowed ? 0 : Math.max(1, Math.ceil(this.#refused.until - now)),
    };
  }
}
