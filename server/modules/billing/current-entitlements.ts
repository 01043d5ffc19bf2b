import { readEntitlementFacts } from '../../../db/queries/entitlements.ts';
import type { AnyScope, OrgScope } from '../../../db/scope.ts';
import { catalogueVersion } from '../../core/plans.ts';
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
export async function computeEntitlements(scope: AnyScope, orgId: string): Promise<CurrentEntitlements> {
  const { snapshot, overrides, version, now } = await readEntitlementFacts(scope, orgId);
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
export function currentEntitlements(scope: OrgScope): Promise<CurrentEntitlements> {
  return computeEntitlements(scope, scope.orgId);
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
