import { describe, expect, it } from 'vitest';
import type { Logger } from '../../server/core/observe.ts';
import { silentLogger } from '../../server/core/observe.ts';
import type { ProviderErrorKind } from '../../server/integrations/ai/port.ts';
import { linkTo, runChain } from './attempts-harness.ts';
import { answers, done, fails, opened, reportedUsage, says, scripted } from './scripted-provider.ts';

const second = () => scripted('anthropic', answers('second'));

describe('while nothing visible was sent', () => {
  it('asks the first provider only, when it answers', async () => {
    const other = second();
    const { outcome, text, facts } = await runChain([
      linkTo(scripted('openai', answers('first'))),
      linkTo(other),
    ]);
    expect(outcome).toMatchObject({
      kind: 'completed',
      attempts: [{ usage: reportedUsage, requestId: 'req-1' }],
    });
    expect(text).toBe('first');
    expect(facts).toEqual(['start 1 openai first', 'text first', 'end 1 completed']);
    expect(other.calls.count).toBe(0);
  });

  it.each<ProviderErrorKind>([
    'rate_limited',
    'overloaded',
    'server',
    'connection',
    'protocol',
    'first_token_timeout',
    'stalled',
    'authentication',
    'invalid_request',
  ])('falls back silently and without sleeping on %s', async (kind) => {
    const first = scripted('openai', [opened, fails(kind, 3_600_000)]);
    const { outcome, text, slept, facts } = await runChain([linkTo(first), linkTo(second())]);
    expect(outcome.kind).toBe('completed');
    expect(text).toBe('second');
    expect(slept).toEqual([]);
    expect(facts).toEqual([
      'start 1 openai first',
      `end 1 failed ${kind}`,
      'start 2 anthropic fallback',
      'text second',
      'end 2 completed',
    ]);
  });

  it('falls back after thoughts, which are not visible text', async () => {
    const first = scripted('openai', [opened, { type: 'reasoning', text: 'hm' }, fails('server')]);
    const { outcome, sink } = await runChain([linkTo(first), linkTo(second())]);
    expect(outcome.kind).toBe('completed');
    expect(sink).toMatchObject({ output: 'second', thoughts: 'hm' });
  });

  it('takes an empty answer for a failure', async () => {
    const { outcome, facts } = await runChain([
      linkTo(scripted('openai', [opened, done()])),
      linkTo(second()),
    ]);
    expect(outcome.kind).toBe('completed');
    expect(facts[1]).toBe('end 1 failed protocol');
  });

  it('takes an end without a terminal event for a failure', async () => {
    const { outcome, facts } = await runChain([linkTo(scripted('openai', [opened])), linkTo(second())]);
    expect(outcome.kind).toBe('completed');
    expect(facts[1]).toBe('end 1 failed connection');
  });

  it('survives an adapter that throws anything', async () => {
    for (const crash of [new TypeError('boom'), 'boom', undefined, null]) {
      const first = scripted('openai', [opened, { crash }]);
      const { outcome, facts } = await runChain([linkTo(first), linkTo(second())]);
      expect(outcome.kind).toBe('completed');
      expect(facts[1]).toBe('end 1 failed protocol');
    }
  });

  it('repeats a provider only when no other is left, after jitter', async () => {
    const first = scripted('openai', [fails('server')], answers('again'));
    const { outcome, facts, slept } = await runChain([linkTo(first)]);
    expect(outcome.kind).toBe('completed');
    expect(facts).toContain('start 2 openai retry');
    expect(slept).toEqual([200]);
  });

  it('waits for Retry-After, of the provider that is ready first', async () => {
    const first = scripted('openai', [fails('rate_limited', 900)], answers('first'));
    const other = scripted('anthropic', [fails('rate_limited', 500)], answers('second'));
    const { text, slept } = await runChain([linkTo(first), linkTo(other)]);
    expect(text).toBe('second');
    expect(slept).toEqual([500]);
  });

  it.each([1_001, 3_600_000, 315_360_000_000])(
    'never sleeps beyond the deadline: Retry-After of %d ms',
    async (wait) => {
      const { outcome, slept } = await runChain([linkTo(scripted('openai', [fails('rate_limited', wait)]))]);
      expect(slept).toEqual([]);
      expect(outcome).toMatchObject({
        kind: 'failed',
        code: 'run.provider-failed',
        retryable: true,
        retryAfterMs: Math.min(wait, 3_600_000),
      });
    },
  );

  it('fails when everybody failed, with every attempt on record', async () => {
    const chain = [
      linkTo(scripted('openai', [fails('server')])),
      linkTo(scripted('anthropic', [fails('overloaded')])),
    ];
    const { outcome } = await runChain(chain);
    expect(outcome).toMatchObject({ kind: 'failed', code: 'run.provider-failed', retryable: true });
    expect(outcome.attempts.map((attempt) => attempt.provider)).toEqual([
      'openai',
      'anthropic',
      'openai',
      'anthropic',
    ]);
  });

  it('does not repeat what a person must mend, and says that repeating is no use', async () => {
    const first = scripted('openai', [fails('authentication')]);
    const { outcome } = await runChain([linkTo(first)]);
    expect(outcome).toMatchObject({ kind: 'failed', retryable: false });
    expect(first.calls.count).toBe(1);
  });

  it('logs a refused key as an error, and weather only as information', async () => {
    const lines: string[] = [];
    const note = (level: string) => (fields: object) =>
      lines.push(`${level} ${'kind' in fields ? String(fields.kind) : ''}`);
    const logger: Logger = { ...silentLogger, error: note('error'), info: note('info') };
    const first = scripted('openai', [fails('authentication')]);
    const other = scripted('anthropic', [fails('overloaded')], answers('ok'));
    await runChain([linkTo(first), linkTo(other)], { logger });
    expect(lines).toEqual(['error authentication', 'info overloaded']);
  });

  it('asks only a roomier model after context_length', async () => {
    const small = linkTo(scripted('openai', [fails('context_length')]), 'small', 1_000);
    const same = scripted('anthropic', answers('same'));
    const roomy = scripted('offline', answers('roomy'));
    const { text } = await runChain([small, linkTo(same, 'same', 1_000), linkTo(roomy, 'roomy', null)]);
    expect(text).toBe('roomy');
    expect(same.calls.count).toBe(0);
  });

  it('takes a refusal for an answer, not for a reason to ask another vendor', async () => {
    for (const refuses of [[fails('content_filter')], [opened, done('content_filter')]]) {
      const other = second();
      const { outcome } = await runChain([linkTo(scripted('openai', refuses)), linkTo(other)]);
      expect(outcome).toMatchObject({ kind: 'failed', code: 'run.provider-refused', retryable: false });
      expect(other.calls.count).toBe(0);
    }
  });
});

describe('after visible text', () => {
  it('keeps the partial answer and fails, without asking anybody else', async () => {
    const other = second();
    const first = scripted('openai', [opened, says('part'), fails('connection')]);
    const { outcome, text } = await runChain([linkTo(first), linkTo(other)]);
    expect(outcome).toMatchObject({ kind: 'failed', code: 'run.provider-failed', retryable: true });
    expect(text).toBe('part');
    expect(other.calls.count).toBe(0);
  });

  it('is incomplete when the vendor stopped by its limit or by its filter', async () => {
    for (const reason of ['max_output', 'content_filter'] as const) {
      const { outcome } = await runChain([linkTo(scripted('openai', [opened, says('part'), done(reason)]))]);
      expect(outcome).toMatchObject({ kind: 'incomplete', reason, attempts: [{ outcome: 'incomplete' }] });
    }
  });

  it('estimates the usage of a failed attempt from what was received', async () => {
    const first = scripted('openai', [opened, says('x'.repeat(36)), fails('connection')]);
    const { outcome } = await runChain([linkTo(first)]);
    expect(outcome.attempts[0]?.usage).toMatchObject({ outputTokens: 10, source: 'estimated' });
    expect(outcome.attempts[0]?.usage.inputTokens).toBeGreaterThan(10);
  });

  it('charges nothing for an attempt that never began', async () => {
    const { outcome } = await runChain([
      linkTo(scripted('openai', [fails('rate_limited')])),
      linkTo(second()),
    ]);
    expect(outcome.attempts[0]?.usage).toMatchObject({ inputTokens: 0, outputTokens: 0 });
  });

  it('sends a pair of surrogates whole, and half a pair as U+FFFD', async () => {
    const first = scripted('openai', [opened, says('a\ud83d'), says('\udc4d'), says('b\ud83d'), done()]);
    const { text, facts } = await runChain([linkTo(first)]);
    expect(text).toBe('a👍b\ufffd');
    expect(facts.filter((fact) => fact.startsWith('text')).every((fact) => fact.isWellFormed())).toBe(true);
  });
});

describe('when the run is aborted', () => {
  it('ends as cancelled, also in the middle, with the usage so far', async () => {
    const controller = new AbortController();
    const first = scripted('openai', [opened, says('part'), 60_000]);
    setTimeout(() => controller.abort(), 20);
    const { outcome, facts } = await runChain([linkTo(first), linkTo(second())], {
      signal: controller.signal,
    });
    expect(outcome).toMatchObject({
      kind: 'cancelled',
      attempts: [{ outcome: 'cancelled', code: 'aborted' }],
    });
    expect(facts.at(-1)).toBe('end 1 cancelled aborted');
    expect(first.calls.aborted).toBe(1);
  });

  it('asks nobody when it was aborted before', async () => {
    const first = second();
    const { outcome } = await runChain([linkTo(first)], { signal: AbortSignal.abort() });
    expect(outcome).toEqual({ kind: 'cancelled', attempts: [] });
    expect(first.calls.count).toBe(0);
  });

  it('does not sleep on', async () => {
    const controller = new AbortController();
    const { outcome } = await runChain([linkTo(scripted('openai', [fails('server')]))], {
      signal: controller.signal,
      sleep: async () => controller.abort(),
    });
    expect(outcome.kind).toBe('cancelled');
  });
});
