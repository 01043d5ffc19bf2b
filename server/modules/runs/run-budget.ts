import { usedBySubject } from '../../../db/queries/usage-summary.ts';
import type { Principal } from '../../core/actor.ts';
import type { ScopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { limitOf, tierWithMore } from '../../core/plans.ts';
import type { Tier } from '../../core/tiers.ts';
import { currentEntitlements } from '../billing/current-entitlements.ts';
import { reserveUsage } from '../usage/reserve-usage.ts';
import { SESSION_WINDOW_SECONDS } from './runs.rules.ts';

/** What a run may spend. */
export interface RunBudget {
  /** Agent seconds left in this session; null is unlimited. */
  readonly limitSeconds: number | null;
  /** The next tier with longer sessions, for the hint at the end of the time. */
  readonly requiredTier: Tier | null;
}

/**
 * Sets an AI query aside for a run and says how long it may take, by the plan as it is at this moment. Throws
 * `session.expired`, `usage.limit-reached` or `billing.read-only`. Guests have their own count of messages instead.
 */
export async function reserveRun(
  call: ScopedCall,
  principal: Principal,
  run: { readonly runId: string; readonly conversationId: string },
): Promise<RunBudget> {
  if (principal.kind === 'guest') return sessionBudget(call, principal.tier, run.conversationId);
  const rights = await currentEntitlements(call);
  const budget = await sessionBudget(call, rights.tier, run.conversationId);
  await reserveUsage(call, rights, { meter: 'aiQueries', sourceId: run.runId, quantity: 1 });
  return budget;
}

async function sessionBudget(call: ScopedCall, tier: Tier, conversationId: string): Promise<RunBudget> {
  const limit = limitOf(tier, 'agentSecondsPerSession');
  if (limit === null) return { limitSeconds: null, requiredTier: null };
  const query = {
    meter: 'agentMilliseconds',
    subject: conversationId,
    windowMs: SESSION_WINDOW_SECONDS * 1000,
  };
  const used = (await usedBySubject(call.scope, query)) / 1000;
  const requiredTier = tierWithMore(tier, 'agentSecondsPerSession') ?? null;
  const limitSeconds = Math.floor(limit - used);
  if (limitSeconds > 0) return { limitSeconds, requiredTier };
  throw new Failure('session.expired', {
    limit: { limit, used: Math.min(limit, Math.round(used)), windowSeconds: SESSION_WINDOW_SECONDS },
    ...(requiredTier === null ? {} : { requiredTier }),
  });
}
