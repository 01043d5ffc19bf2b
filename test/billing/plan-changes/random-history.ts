import { billingCycles, soldTiers } from '../../../server/core/plans.ts';
import { type Random, seededRandom } from '../../runs/log-harness/random.ts';
import type { Act, CouponTerms, History, PlanChoice, Step } from './history.ts';
import { Oracle } from './oracle.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Two years of one customer by dice; the oracle says what can be done at each point. The same seed gives the same history. */
export function randomHistory(seed: number): History {
  const random = seededRandom(seed);
  const start =
    Date.UTC(2027, random.between(0, 11), random.between(1, 31)) / 1000 + random.between(0, DAY - 1);
  const coupon = random.chance(0.3) ? { coupon: anyCoupon(random) } : {};
  const steps: Step[] = [{ at: start, act: { kind: 'subscribe', plan: anyPlan(random), ...coupon } }];
  const oracle = new Oracle(start);
  oracle.act(steps[0]?.act ?? { kind: 'resume' });
  for (let at = start; ; ) {
    at += waitFor(oracle, random);
    if (at >= oracle.end - 3 * DAY) break;
    oracle.advance(at);
    if (oracle.invoices.some(({ status }) => status === 'draft')) at += 2 * HOUR;
    for (const act of actsNow(oracle, random)) {
      at += 60;
      oracle.advance(at);
      oracle.act(act);
      steps.push({ at, act });
    }
  }
  return { name: `random ${seed}`, steps };
}

function anyPlan(random: Random, not?: PlanChoice): PlanChoice {
  const plan = {
    tier: soldTiers[random.between(0, soldTiers.length - 1)] ?? 'repx1',
    cycle: billingCycles[random.between(0, 1)] ?? 'monthly',
  };
  return plan.tier === not?.tier && plan.cycle === not.cycle ? anyPlan(random, not) : plan;
}

function anyCoupon(random: Random): CouponTerms {
  const lasts = random.chance(0.5) ? 'forever' : random.between(1, 14);
  return random.chance(0.5)
    ? { percent: random.between(1, 100), lasts }
    : { cents: random.between(1, 9_000), lasts };
}

/** What a person may do as things stand, one thing or several in a row. */
function actsNow(oracle: Oracle, random: Random): Act[] {
  const { subscription } = oracle;
  if (subscription === null || subscription.status === 'canceled')
    return [{ kind: 'subscribe', plan: anyPlan(random) }];
  const pays: Act = { kind: 'card', card: 'pays' };
  const move: Act = { kind: 'move', plan: anyPlan(random, subscription.plan) };
  if (subscription.waiting !== null) return random.chance(0.6) ? [pays, { kind: 'pay' }] : [pays, move];
  const dice = random.next();
  if (dice < 0.15) return [{ kind: 'cancel' }];
  if (dice < 0.25) return subscription.planned === null ? [{ kind: 'cancel-in-portal' }] : [];
  if (dice < 0.4) return [{ kind: 'resume' }];
  if (dice < 0.6) return declined(oracle, move);
  return [move];
}

/** Some time; short while something waits to be paid, so that no renewal meets a card that declines. */
function waitFor({ subscription }: Oracle, random: Random): number {
  if (subscription?.waiting) return random.between(60, 2 * HOUR);
  return random.chance(0.2) ? random.between(60, 2 * HOUR) : random.between(3 * HOUR, 120 * DAY);
}

/** A move with a card that declines, where that is asked to pay now and the period does not end soon; else the move alone. */
function declined(oracle: Oracle, move: Extract<Act, { kind: 'move' }>): Act[] {
  const isCharged = (oracle.preview(move.plan) ?? 0) > 0;
  const isSoonOver = (oracle.subscription?.end ?? 0) - oracle.now < 12 * HOUR;
  return isCharged && !isSoonOver ? [{ kind: 'card', card: 'declines' }, move] : [move];
}
