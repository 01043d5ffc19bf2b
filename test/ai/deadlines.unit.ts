import { describe, expect, it } from 'vitest';
import { type DeadlineLimits, withDeadlines } from '../../server/integrations/ai/deadlines.ts';
import type { ModelEvent } from '../../server/integrations/ai/port.ts';
import { collect, sampleRequest } from './sample.ts';
import { type Act, answers, done, opened, says, scripted } from './scripted-provider.ts';

const limits: DeadlineLimits = { firstTokenMs: 60, firstTokenCapMs: 150, stallMs: 60, totalMs: 2_000 };
const ping: Act = { type: 'ping' };
const never = 60_000;
const request = { ...sampleRequest, model: 'm' };

async function run(script: readonly Act[], overrides: Partial<DeadlineLimits> = {}) {
  const provider = scripted('openai', script);
  const controller = new AbortController();
  const startedAt = performance.now();
  const events = withDeadlines(
    (signal) => provider.stream(request, signal),
    { provider: 'openai', signal: controller.signal },
    { ...limits, ...overrides },
  );
  const collected = await collect(events);
  return { ...collected, tookMs: performance.now() - startedAt, aborted: provider.calls.aborted };
}

describe('the deadlines of a stream', () => {
  it('let a stream in time through, unchanged and not aborted', async () => {
    const result = await run([...answers('hi')]);
    expect(result).toMatchObject({ text: 'hi', error: null, aborted: 0 });
  });

  it('end a stream without a first token, and abort it', async () => {
    const result = await run([opened, never]);
    expect(result.error).toMatchObject({ kind: 'first_token_timeout', provider: 'openai' });
    expect(result.aborted).toBe(1);
    expect(result.tookMs).toBeLessThan(1_000);
  });

  it('give a pinging stream more time for the first token', async () => {
    const result = await run([opened, 40, ping, 40, ping, 40, says('late'), done()]);
    expect(result).toMatchObject({ text: 'late', error: null });
  });

  it('give a pinging stream no more than the cap', async () => {
    const pings = Array.from({ length: 40 }, () => [20, ping] as const).flat();
    const result = await run([opened, ...pings, says('too late'), done()]);
    expect(result.error).toMatchObject({ kind: 'first_token_timeout' });
    expect(result.tookMs).toBeGreaterThanOrEqual(140);
    expect(result.tookMs).toBeLessThan(1_000);
  });

  it('end a stream that stalls after its first token, also when it pings', async () => {
    const pings = Array.from({ length: 40 }, () => [20, ping] as const).flat();
    for (const script of [[never], pings]) {
      const result = await run([opened, says('a'), ...script]);
      expect(result).toMatchObject({ text: 'a', error: { kind: 'stalled' }, aborted: 1 });
      expect(result.tookMs).toBeLessThan(1_000);
    }
  });

  it('count reasoning as tokens', async () => {
    const thought: Act = { type: 'reasoning', text: 'hm' };
    const result = await run([opened, 40, thought, 40, thought, 40, thought, 40, says('a'), done()]);
    expect(result).toMatchObject({ text: 'a', error: null });
  });

  it('do not count the time the consumer takes', async () => {
    const provider = scripted('openai', [opened, says('a'), says('b'), says('c'), done()]);
    let text = '';
    const events = withDeadlines(
      (signal) => provider.stream(request, signal),
      { provider: 'openai', signal: new AbortController().signal },
      limits,
    );
    for await (const event of events) {
      if (event.type === 'text') text += event.text;
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    expect(text).toBe('abc');
  });

  it('end a stream at its total time', async () => {
    const drip = Array.from({ length: 50 }, () => [20, says('x')] as const).flat();
    const result = await run([opened, ...drip, done()], { totalMs: 150 });
    expect(result.error).toMatchObject({ kind: 'stalled' });
    expect(result.tookMs).toBeLessThan(1_000);
  });

  it('fail at once on abort, even when the source does not react', async () => {
    const controller = new AbortController();
    async function* deaf(): AsyncGenerator<ModelEvent> {
      yield { type: 'text', text: 'a' };
      await new Promise(() => undefined);
    }
    setTimeout(() => controller.abort(), 20);
    const source = { provider: 'openai', signal: controller.signal } as const;
    const { text, error } = await collect(withDeadlines(deaf, source, limits));
    expect({ text, error }).toMatchObject({ text: 'a', error: { kind: 'aborted' } });
  });

  it('abort the source when the consumer leaves', async () => {
    const provider = scripted('openai', [opened, says('a'), never]);
    const source = { provider: 'openai', signal: new AbortController().signal } as const;
    for await (const event of withDeadlines((s) => provider.stream(request, s), source, limits))
      if (event.type === 'text') break;
    expect(provider.calls.aborted).toBe(1);
  });

  it('cut a finished stream that does not end by itself, without delaying the answer', async () => {
    const result = await run([...answers('hi'), never]);
    expect(result).toMatchObject({ text: 'hi', error: null, aborted: 0 });
    expect(result.tookMs).toBeLessThan(1_000);
  });
});
