import type { ChainLink } from '../integrations/ai/chain.ts';
import type { DeadlineLimits } from '../integrations/ai/deadlines.ts';

/** All in ms. */
export interface AttemptPolicy {
  readonly firstTokenMs: number;
  /** In place of `firstTokenMs` for models that think before they speak. */
  readonly thinkingFirstTokenMs: number;
  readonly stallMs: number;
  readonly totalMs: number;
  /** No attempt starts later than this after the first, and nothing sleeps beyond it. */
  readonly startWithinMs: number;
  readonly triesPerLink: number;
  readonly backoffMs: number;
  readonly backoffCapMs: number;
}

/** For chat; voice and batch bring their own. Source of the deadlines: design of streaming, 5.6. */
export const chatPolicy: AttemptPolicy = {
  firstTokenMs: 8_000,
  thinkingFirstTokenMs: 20_000,
  stallMs: 15_000,
  totalMs: 600_000,
  startWithinMs: 30_000,
  triesPerLink: 2,
  backoffMs: 400,
  backoffCapMs: 4_000,
};

/** The deadlines of one attempt. Pings may stretch the first token to the deadline of thinking models, not further. */
export function limitsOf(policy: AttemptPolicy, link: ChainLink): DeadlineLimits {
  return {
    firstTokenMs: link.thinks ? policy.thinkingFirstTokenMs : policy.firstTokenMs,
    firstTokenCapMs: policy.thinkingFirstTokenMs,
    stallMs: policy.stallMs,
    totalMs: policy.totalMs,
  };
}
