import type { SubscriptionSnapshot } from '../../server/integrations/payments/port.ts';

export const DAY = 86_400_000;
export const NOW = Date.parse('2026-11-25T12:00:00Z');

/** A subscription ten days into its month, with `changes`. */
export function snapshot(changes: Partial<SubscriptionSnapshot> = {}): SubscriptionSnapshot {
  return {
    id: 'sub_1',
    customerId: 'cus_1',
    status: 'active',
    tier: 'repx3',
    cycle: 'monthly',
    createdAt: NOW - 10 * DAY,
    currentPeriodStart: NOW - 10 * DAY,
    currentPeriodEnd: NOW + 20 * DAY,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    endedAt: null,
    trialEnd: null,
    collectionPaused: false,
    updatePending: false,
    paidThrough: NOW + 20 * DAY,
    lastPaidAt: null,
    pastDueSince: null,
    retriesLeft: true,
    itemId: 'si_1',
    priceId: 'price_1',
    scheduleId: null,
    checkoutId: null,
    ...changes,
  };
}
