import type { BillingCycle } from '../../../server/core/plans.ts';
import type { Tier } from '../../../server/core/tiers.ts';

export interface PlanChoice {
  readonly tier: Tier;
  readonly cycle: BillingCycle;
}

/** What a coupon takes off: per cent or US cents, of the first invoice, for some months, or for ever. */
export interface CouponTerms {
  readonly percent?: number;
  readonly cents?: number;
  readonly lasts: 'once' | 'forever' | number;
}

/** What happens at an instant. `card`: how payments go from now on; `pay`: what is open is paid with the card as it is. */
export type Act =
  | {
      readonly kind: 'subscribe';
      readonly plan: PlanChoice;
      readonly coupon?: CouponTerms;
      readonly trialDays?: number;
    }
  | { readonly kind: 'move'; readonly plan: PlanChoice }
  | { readonly kind: 'cancel' | 'cancel-in-portal' | 'resume' | 'pay' }
  | { readonly kind: 'card'; readonly card: 'pays' | 'declines' }
  | { readonly kind: 'buy'; readonly units: number };

export interface Step {
  /** Seconds since 1970 UTC. */
  readonly at: number;
  readonly act: Act;
}

/** Two years of one customer: the first step subscribes, and all steps lie within. */
export interface History {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** How long every history is watched. */
export const monthsWatched = 24;

/** `2027-01-31` or `2027-01-31T09:30`, UTC. */
export function instant(text: string): number {
  return Date.parse(text.length > 10 ? `${text}:00Z` : `${text}T10:00:00Z`) / 1000;
}

/** `2y` is the yearly repx2, `3m` the monthly repx3. */
export function planCalled(text: string): PlanChoice {
  return {
    tier: `repx${text[0]}` as Tier, // a text of the scenarios
    cycle: text[1] === 'y' ? 'annual' : 'monthly',
  };
}

type Terms = { readonly coupon?: CouponTerms; readonly trialDays?: number };

export function subscribe(at: string, plan: string, terms: Terms = {}): Step {
  return { at: instant(at), act: { kind: 'subscribe', plan: planCalled(plan), ...terms } };
}

export function move(at: string, plan: string): Step {
  return { at: instant(at), act: { kind: 'move', plan: planCalled(plan) } };
}

export function card(at: string, behaviour: 'pays' | 'declines'): Step {
  return { at: instant(at), act: { kind: 'card', card: behaviour } };
}

export function buy(at: string, units: number): Step {
  return { at: instant(at), act: { kind: 'buy', units } };
}

export function act(at: string, kind: 'cancel' | 'cancel-in-portal' | 'resume' | 'pay'): Step {
  return { at: instant(at), act: { kind } };
}

export function history(name: string, ...steps: Step[]): History {
  return { name, steps };
}
