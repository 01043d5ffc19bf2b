import { silentLogger } from '../../server/core/observe.ts';
import type { ChainLink } from '../../server/integrations/ai/chain.ts';
import type { ModelProvider } from '../../server/integrations/ai/port.ts';
import { type AttemptPolicy, chatPolicy } from '../../server/runs/attempt-policy.ts';
import { type AttemptSink, type AttemptsInput, runAttempts } from '../../server/runs/attempts.ts';
import { createProviderHealth } from '../../server/runs/provider-health.ts';
import { sampleRequest } from './sample.ts';

/** Deadlines short enough to wait for in a test. */
export const quickPolicy: AttemptPolicy = {
  ...chatPolicy,
  firstTokenMs: 100,
  thinkingFirstTokenMs: 150,
  stallMs: 100,
  totalMs: 5_000,
  startWithinMs: 1_000,
};

export function linkTo(
  provider: ModelProvider,
  model = `${provider.id}-model`,
  inputTokens: number | null = null,
): ChainLink {
  return { provider, model, inputTokens, thinks: false };
}

/** What came to the sink, in order, in short words. */
export class RecordingSink implements AttemptSink {
  readonly facts: string[] = [];
  output = '';
  thoughts = '';

  attemptStarted(fact: Parameters<AttemptSink['attemptStarted']>[0]): void {
    this.facts.push(`start ${fact.attempt} ${fact.provider} ${fact.reason}`);
  }

  attemptEnded(fact: Parameters<AttemptSink['attemptEnded']>[0]): void {
    this.facts.push(`end ${fact.attempt} ${fact.outcome}${fact.code === undefined ? '' : ` ${fact.code}`}`);
  }

  text(text: string): void {
    this.output += text;
    this.facts.push(`text ${text}`);
  }

  reasoning(text: string): void {
    this.thoughts += text;
  }
}

/** Runs a chain on a clock that only sleeping moves. */
export async function runChain(chain: readonly ChainLink[], overrides: Partial<AttemptsInput> = {}) {
  const sink = new RecordingSink();
  const slept: number[] = [];
  let now = 1_000_000;
  const outcome = await runAttempts({
    chain,
    request: sampleRequest,
    signal: new AbortController().signal,
    sink,
    health: createProviderHealth(),
    clock: { now: () => now },
    logger: silentLogger,
    policy: quickPolicy,
    random: () => 0.5,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
    ...overrides,
  });
  return { outcome, sink, slept, text: sink.output, facts: sink.facts };
}
