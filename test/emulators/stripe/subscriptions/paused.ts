import type Stripe from 'stripe';

/** Why a subscription is paused, as `status_details` says it since 2026-09-30. */
export function pausedBecause(
  type: Stripe.Subscription.StatusDetails.Paused.Subscription['type'],
  now: number,
): Stripe.Subscription.StatusDetails {
  return { paused: { type: 'subscription', subscription: { type }, transitioned_at: now } };
}
