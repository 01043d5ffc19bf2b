import { LRUCache } from 'lru-cache';
import { type Clock, systemClock } from '../../core/clock.ts';
import type { RateLimiter } from './port.ts';
import { slidingDecision, type WindowState, windowStart, wouldFit } from './sliding.ts';

interface Counter {
  start: number;
  used: number;
  previous: number;
}

/** Sliding windows in this process: exact for one process, forgotten with it. Refused calls are not counted. The least recently seen subjects leave first. */
export function createMemoryLimiter(options: { clock?: Clock; maxSubjects?: number } = {}): RateLimiter {
  const { clock = systemClock, maxSubjects = 50_000 } = options;
  const counters = new LRUCache<string, Counter>({ max: maxSubjects });

  const current = (key: string, start: number, windowMs: number): Counter => {
    const counter = counters.get(key);
    if (counter?.start === start) return counter;
    const next = { start, used: 0, previous: counter?.start === start - windowMs ? counter.used : 0 };
    counters.set(key, next);
    return next;
  };
  return {
    kind: 'memory',
    async consume({ rule, subject, cost = 1 }) {
      const now = clock.now();
      const counter = current(`${rule.name}\n${subject}`, windowStart(now, rule.windowMs), rule.windowMs);
      const state = (): WindowState => ({ now, windowMs: rule.windowMs, limit: rule.limit, ...counter });
      const allowed = wouldFit(state(), cost);
      if (allowed) counter.used += cost;
      return slidingDecision(state(), cost, allowed);
    },
  };
}
