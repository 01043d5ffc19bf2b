import type { Actor } from '../../core/actor.ts';
import { addressKey } from './address.ts';
import type { LimitDecision, LimitRequest, RateLimiter } from './port.ts';
import { limitRules, organisationRule } from './rules.ts';

export interface Admission {
  readonly limiter: RateLimiter;
  readonly actor: Actor;
  readonly address: string;
  /** Units, see `weightOf`; the members of a batch add up. Default 1. */
  readonly cost?: number;
}

const unlimited: LimitDecision = {
  allowed: true,
  limit: Number.MAX_SAFE_INTEGER,
  remaining: Number.MAX_SAFE_INTEGER,
  resetsAt: 0,
  retryAfterMs: 0,
};

/**
 * One budget for HTTP calls, members of a batch and socket messages. Whoever has an identity is counted by it and never
 * by address, so that a hospital behind one address is served; only callers without one share their address's floor.
 */
export async function admit({ limiter, actor, address, cost = 1 }: Admission): Promise<LimitDecision> {
  let tightest = unlimited;
  for (const request of budgetsOf(actor, address)) {
    const decision = await limiter.consume({ ...request, cost });
    if (!decision.allowed) return decision;
    if (decision.remaining < tightest.remaining) tightest = decision;
  }
  return tightest;
}

function budgetsOf(actor: Actor, address: string): readonly LimitRequest[] {
  switch (actor.kind) {
    case 'system':
      return [];
    case 'anonymous':
      return [{ rule: limitRules.anonymous, subject: addressKey(address) }];
    case 'guest':
      return [{ rule: limitRules.guest, subject: `guest:${actor.userId}` }];
    case 'api-key':
    case 'member':
      return [
        actor.kind === 'member'
          ? { rule: limitRules.member, subject: `user:${actor.userId}` }
          : { rule: limitRules.apiKey, subject: `key:${actor.keyId}` },
        { rule: organisationRule(actor.tier), subject: `org:${actor.orgId}` },
      ];
  }
}
