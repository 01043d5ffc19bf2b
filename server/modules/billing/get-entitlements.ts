import { readUsage } from '../../../db/queries/usage-summary.ts';
import { principalOf } from '../../core/authorise.ts';
import type { Call, ScopedCall } from '../../core/call.ts';
import { operation } from '../../core/operation.ts';
import { openScope } from '../../core/scoped.ts';
import { subscription } from '../../core/subscription.ts';
import { watchView } from '../../core/watched-view.ts';
import { Empty } from '../identity/identity.contract.ts';
import { billingMode, currentEntitlements } from './current-entitlements.ts';
import { CheckFeatureInput, EntitlementsView, FeatureCheck, FollowInput } from './entitlements.contract.ts';
import { checkFeature, toEntitlementsView } from './entitlements.view.ts';

async function read(call: ScopedCall): Promise<EntitlementsView> {
  const [current, counts] = await Promise.all([
    currentEntitlements(call),
    readUsage(call.scope, billingMode(call.ports)),
  ]);
  return toEntitlementsView(current, counts, call.ports.billing.upgradePage);
}

/** What the caller's organisation may do and has used, as every app reads it. */
export const getEntitlements = operation(
  {
    name: 'entitlements.get',
    summary: 'The plan of your organisation, what it opens, its limits and what is used of them.',
    kind: 'query',
    needs: 'authenticated',
    input: Empty,
    output: EntitlementsView,
  },
  read,
);

/** Whether one feature is open, and if not what opens it. */
export const checkEntitlement = operation(
  {
    name: 'entitlements.check',
    summary: 'Tells whether a feature is open to your organisation, and if not, which plan opens it.',
    kind: 'query',
    needs: 'authenticated',
    input: CheckFeatureInput,
    output: FeatureCheck,
  },
  async (call, { feature }) =>
    checkFeature(await currentEntitlements(call), feature, call.ports.billing.upgradePage),
);

/** The entitlements now and after each change, on every process within 1 s of it. */
export const followEntitlements = subscription(
  {
    name: 'entitlements.follow',
    summary: 'Streams the entitlements of your organisation: as they are, then after each change.',
    needs: 'authenticated',
    input: FollowInput,
    item: EntitlementsView,
  },
  async (call: Call, input) => {
    const { orgId } = principalOf(call.actor);
    return watchView({
      read: () => openScope(call, 'entitlements.follow', 'read', read),
      subscribe: (wake) => call.ports.organisationSignals.subscribe('entitlements', orgId, wake),
      lastEventId: input?.lastEventId ?? null,
    });
  },
);
