import { Failure } from '../../core/failure.ts';
import type { LimitRequest, RateLimiter } from './port.ts';

/** Counts against a budget; throws `request.rate-limited` when it is spent. */
export async function spend(limiter: RateLimiter, request: LimitRequest): Promise<void> {
  const { allowed, retryAfterMs } = await limiter.consume(request);
  if (!allowed) throw new Failure('request.rate-limited', { retryAfterMs });
}
