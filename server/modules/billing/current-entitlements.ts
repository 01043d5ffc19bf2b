import { readEntitlementFacts } from '../../../db/queries/entitlements.ts';
import type { AnyScope } from '../../../db/scope.ts';
import type { ScopedCall } from '../../core/call.ts';
import { catalogueVersion } from '../../core/plans.ts';
import type { Ports } from '../../core/ports.ts';
import { parseTier } from '../../core/tiers.ts';
import type { SubscriptionSnapshot } from '../../integrations/payments/port.ts';
import { type Entitlements, entitlementsOf, type TierOverride } from './entitlements.rules.ts';

export interface CurrentEntitlements extends Entitlements {
  readonly subscription: SubscriptionSnapshot | null;
  /** Of the stored row; a stream tells by it whether something changed. */
  readonly version: number;
  /** The database's clock, in ms. */
  readonly now: number;
}

/** What an organisation may do at this moment, from what is stored about its subscription; never older than its expiry. */
export async function computeEntitlements(
  scope: AnyScope,
  orgId: string,
  livemode: boolean,
): Promise<CurrentEntitlements> {
  const { snapshot, overrides, version, now } = await readEntitlementFacts(scope, orgId, livemode);
  // Safe: only the payment sync writes this column, from a snapshot of this type.
  const subscription = snapshot as SubscriptionSnapshot | null;
  const computed = entitlementsOf({
    subscription,
    overrides: grantsOf(overrides),
    catalogueVersion,
    now,
  });
  return { ...computed, subscription, version, now };
}

/** The same for the organisation of a call. */
export function currentEntitlements({
  scope,
  ports,
}: Pick<ScopedCall, 'scope' | 'ports'>): Promise<CurrentEntitlements> {
  return computeEntitlements(scope, scope.orgId, billingMode(ports));
}

/** The mode whose subscriptions give rights here: that of the key; without one nothing of test mode counts. */
export function billingMode({ payments }: Pick<Ports, 'payments'>): boolean {
  return payments?.livemode ?? true;
}

interface StoredOverride {
  readonly tier: string;
  readonly startsAt: Date;
  readonly endsAt: Date | null;
}

/** Stored tiers that a person gave, as the rules read them; a tier that is not known counts as the lowest. */
export function grantsOf(overrides: readonly StoredOverride[]): TierOverride[] {
  return overrides.map(({ tier, startsAt, endsAt }) => ({
    tier: parseTier(tier) ?? 'repx0',
    startsAt: startsAt.getTime(),
    endsAt: endsAt?.getTime() ?? null,
  }));
}
