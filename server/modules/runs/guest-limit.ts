import type { Principal } from '../../core/actor.ts';
import type { Call } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { addressKey } from '../../integrations/limits/address.ts';
import { limitRules } from '../../integrations/limits/rules.ts';

/**
 * Counts a guest's message: 10 in 15 minutes, by guest and by address, so that a new browser session gives no new
 * budget. Throws `guest.message-limit`. It costs money, so without the counter it falls back to Postgres, never open.
 */
export async function admitGuestMessage(call: Call, guest: Principal): Promise<void> {
  const rule = limitRules.guestMessages;
  for (const subject of [`guest:${guest.userId}`, addressKey(call.address)]) {
    const decision = await call.ports.limiter.consume({ rule, subject });
    if (decision.allowed) continue;
    throw new Failure('guest.message-limit', {
      retryAfterMs: decision.retryAfterMs,
      limit: {
        limit: decision.limit,
        used: decision.limit - decision.remaining,
        windowSeconds: rule.windowMs / 1000,
        resetsAt: new Date(decision.resetsAt).toISOString(),
      },
    });
  }
}
