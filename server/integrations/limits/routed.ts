import type { RateLimiter } from './port.ts';

/** Sends budgets of money to the exact counters and all others to the cheap ones. */
export function createRoutedLimiter(cheap: RateLimiter, exact: RateLimiter): RateLimiter {
  return {
    kind: cheap.kind,
    consume: (request) => (request.rule.whenDown === 'postgres' ? exact : cheap).consume(request),
  };
}
