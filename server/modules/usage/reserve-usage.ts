import { noteWarning, reserveFromPack, reserveUnits } from '../../../db/queries/usage-ledger.ts';
import { settleUnits } from '../../../db/queries/usage-settlement.ts';
import type { AppId } from '../../core/apps.ts';
import type { ScopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { includedUnits, type Meter, meters } from '../../core/meters.ts';
import { addOns, tierWithMore } from '../../core/plans.ts';
import type { Ports } from '../../core/ports.ts';
import type { Tier } from '../../core/tiers.ts';
import { billingMode } from '../billing/current-entitlements.ts';
import type { Entitlements } from '../billing/entitlements.rules.ts';
import { hasReachedWarning, warningId } from './usage.rules.ts';

/** How long units stay set aside for work that never says how it ended. */
const HOLD_MS = 2 * 60 * 60 * 1000;

export interface UsageRequest {
  readonly meter: Meter;
  /** What causes the use, e.g. a run's id; the same id again counts nothing. */
  readonly sourceId: string;
  /** Whole units of the meter; at least 1. */
  readonly quantity: number;
}

/** What counting needs of a call. */
type Counting = Pick<ScopedCall, 'scope' | 'effects'>;

/** And to know which units were bought for this server. */
type Reserving = Counting & { readonly ports: Pick<Ports, 'payments'> };

type Rights = Pick<Entitlements, 'tier' | 'access' | 'spend'>;

/**
 * Sets units aside before something that costs, in the transaction of the call. Throws `usage.limit-reached` with
 * limit, use, reset and the tier that has more, or `billing.read-only`; a throw must leave the transaction.
 * What it did cost is told to `settleUsage`; a hold that is never settled expires after 2 h.
 */
export async function reserveUsage(call: Reserving, rights: Rights, request: UsageRequest): Promise<void> {
  if (rights.spend === 'none') throw new Failure('billing.read-only');
  const { meter } = request;
  const limit = includedUnits(meter, rights.tier);
  const { window } = meters[meter];
  const reserved = await reserveUnits(call.scope, { ...request, window, limit, holdMs: HOLD_MS });
  if (reserved.outcome === 'repeated') return;
  const resetsAt = reserved.resetsAt.toISOString();
  const { used, held, isWarned } = reserved;
  if (reserved.outcome === 'held') {
    await warnIfReached(call, { meter, limit, total: used + held, isWarned, resetsAt });
    return;
  }
  if (Object.hasOwn(addOns, meter) && (await reserveFromPack(call.scope, request, billingMode(call.ports))))
    return;
  throw limitReached({ meter, tier: rights.tier, limit: limit ?? 0, used: used + held, resetsAt });
}

interface Count {
  readonly meter: Meter;
  readonly limit: number | null;
  /** Units used and held. */
  readonly total: number;
  readonly isWarned: boolean;
  readonly resetsAt: string;
}

/** Tells, once a window, that it nears its limit: by whatever count finds it there, also after the plan became smaller. */
async function warnIfReached({ scope, effects }: Counting, count: Count): Promise<void> {
  const { meter, limit, total, isWarned, resetsAt } = count;
  if (limit === null || isWarned || !hasReachedWarning({ limit, total })) return;
  if (!(await noteWarning(scope, { meter, window: meters[meter].window }))) return;
  const { orgId } = scope;
  const data = { orgId, meter, limit, used: total, resetsAt };
  effects.record('usage/limit.approached', data, warningId(orgId, meter, resetsAt));
}

interface Reached {
  readonly meter: Meter;
  readonly tier: Tier;
  readonly limit: number;
  readonly used: number;
  readonly resetsAt: string;
}

function limitReached({ meter, tier, limit, used, resetsAt }: Reached): Failure {
  const name = meters[meter].limit;
  const requiredTier = name === null ? undefined : tierWithMore(tier, name);
  return new Failure('usage.limit-reached', {
    limit: { limit, used: Math.min(used, limit), resetsAt },
    ...(requiredTier === undefined ? {} : { requiredTier }),
  });
}

export interface UsageRecord extends UsageRequest {
  readonly app: AppId;
  readonly subject?: string;
}

/**
 * Records what a source did use, once; zero gives its hold back. Works with or without a hold before it, and warns when
 * the use passes what a reservation would have warned at. Resolves whether this call recorded it.
 */
export async function settleUsage(
  call: Counting,
  rights: Pick<Rights, 'tier'>,
  { meter, ...record }: UsageRecord,
): Promise<boolean> {
  const { recorded, window } = await settleUnits(call.scope, {
    meter,
    window: meters[meter].window,
    ...record,
  });
  if (window !== null) {
    const { total, isWarned } = window;
    const limit = includedUnits(meter, rights.tier);
    await warnIfReached(call, { meter, limit, total, isWarned, resetsAt: window.resetsAt.toISOString() });
  }
  return recorded;
}
