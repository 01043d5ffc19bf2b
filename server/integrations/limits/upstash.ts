import { LRUCache } from 'lru-cache';
import { createGuard, type Fault, type GuardOptions } from '../cache/guard.ts';
import type { UpstashAccount } from '../cache/upstash-client.ts';
import { type AskShared, type Grant, Lease } from './lease.ts';
import { createMemoryLimiter } from './memory.ts';
import type { LimitRequest, RateLimiter } from './port.ts';
import { openSharedCounters } from './upstash-counters.ts';

export interface UpstashLimiterOptions extends UpstashAccount {
  readonly guard?: GuardOptions;
  readonly maxSubjects?: number;
  /** Told of every question to Redis that got no answer; the process counted on its own. */
  onFault?(fault: Fault, cause: unknown): void;
}

/** A lease covers everyone who waits for it, so a caller needs one round, two near the limit. More is a clock gone wrong. */
const mostRounds = 20;

export interface UpstashLimiter extends RateLimiter {
  readonly kind: 'upstash';
  /** False while the breaker keeps questions from Redis and this process counts on its own. */
  readonly up: boolean;
}

/** Budgets shared by all processes through Upstash, taken in leases (see `Lease`). Without Redis each process counts on its own. */
export async function createUpstashLimiter(options: UpstashLimiterOptions): Promise<UpstashLimiter> {
  const deadlineMs = options.guard?.deadlineMs ?? 100;
  const askShared = await openSharedCounters(options, deadlineMs);
  return leasedLimiter(askShared, { ...options, guard: { ...options.guard, deadlineMs } });
}

/** Exported for tests, which put other counters behind it. Windows end by this process's clock, as the SDK's do. */
export function leasedLimiter(
  askShared: AskShared,
  options: Pick<UpstashLimiterOptions, 'guard' | 'maxSubjects' | 'onFault'>,
): UpstashLimiter {
  const guard = createGuard(options.guard);
  const alone = createMemoryLimiter();
  const leases = new LRUCache<string, Lease>({ max: options.maxSubjects ?? 50_000 });

  const leaseOf = ({ rule, subject }: LimitRequest): Lease => {
    const key = `${rule.name}\n${rule.limit}\n${subject}`;
    const known = leases.get(key);
    if (known && !known.endedBy(Date.now())) return known;
    const lease = new Lease(rule, Date.now());
    leases.set(key, lease);
    return lease;
  };
  const ask = async (lease: Lease, subject: string, units: number): Promise<Grant | null> => {
    const outcome = await guard.run(() => askShared(lease.rule, subject, units));
    if (outcome.ok) return outcome.value;
    options.onFault?.(outcome.fault, outcome.cause);
    return null;
  };
  /** False when Redis gave no answer. A second, smaller question only where the first asked for more than one caller needs. */
  const renew = async (lease: Lease, subject: string, cost: number): Promise<boolean> => {
    const wanted = lease.ask(cost);
    const least = lease.askLeast(cost);
    const first = await ask(lease, subject, wanted);
    if (first === null) return false;
    const second = first.granted || wanted === least ? null : await ask(lease, subject, least);
    if (first.granted) lease.take(wanted, first);
    else if (second?.granted) lease.take(least, second);
    else lease.refuse(cost, second ?? first, Date.now());
    return true;
  };

  return {
    kind: 'upstash',
    get up() {
      return guard.up;
    },
    async consume(request) {
      const { subject, cost = 1 } = request;
      for (let round = 0; round < mostRounds; round += 1) {
        const lease = leaseOf(request);
        const decision = lease.spend(cost, Date.now());
        if (decision) return decision;
        lease.waiting += cost;
        lease.renewal ??= renew(lease, subject, cost).finally(() => {
          lease.renewal = null;
        });
        const answered = await lease.renewal;
        lease.waiting -= cost;
        if (!answered) break;
      }
      return alone.consume(request);
    },
  };
}
