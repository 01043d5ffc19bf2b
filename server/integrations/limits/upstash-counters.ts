import type { Ratelimit } from '@upstash/ratelimit';
import { GarbledReply } from '../cache/guard.ts';
import { openUpstash, type UpstashAccount } from '../cache/upstash-client.ts';
import type { AskShared } from './lease.ts';
import type { LimitRule } from './port.ts';

/**
 * Upstash's token bucket, filled whole once a window: it refuses a lease that does not fit without counting it, which its
 * sliding window does not. Four billed commands a grant. No cache and no timeout of its own: leases and the guard are ours.
 */
export async function openSharedCounters(account: UpstashAccount, deadlineMs: number): Promise<AskShared> {
  const { Ratelimit } = await import('@upstash/ratelimit');
  const redis = await openUpstash({ ...account, deadlineMs, parseReplies: true });
  const counters = new Map<string, Ratelimit>();

  const counterOf = (rule: LimitRule): Ratelimit => {
    const key = `${rule.name}\n${rule.limit}\n${rule.windowMs}`;
    const known = counters.get(key);
    if (known) return known;
    const counter = new Ratelimit({
      redis,
      prefix: `rs:limit:${rule.name}`,
      limiter: Ratelimit.tokenBucket(rule.limit, `${rule.windowMs} ms`, rule.limit),
      ephemeralCache: false,
      timeout: 0,
      analytics: false,
    });
    counters.set(key, counter);
    return counter;
  };
  return async (rule, subject, units) => {
    const { success, remaining, reset } = await counterOf(rule).limit(subject, { rate: units });
    // The SDK computes with whatever arrived.
    if (!Number.isFinite(remaining) || !Number.isFinite(reset)) throw new GarbledReply('expected numbers');
    return { granted: success, remaining, resetsAt: reset };
  };
}
