import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../server/core/clock.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { offlineProvider } from '../../server/integrations/ai/offline.ts';
import { chatPolicy } from '../../server/runs/attempt-policy.ts';
import { type AttemptsInput, type ChainLink, runAttempts } from '../../server/runs/attempts.ts';
import { createProviderHealth } from '../../server/runs/provider-health.ts';
import type { Scenario } from '../emulators/scenario.ts';
import { linkTo, RecordingSink } from './attempts-harness.ts';
import { sampleRequest } from './sample.ts';
import { startVendors } from './vendors.ts';

const [openai, anthropic] = await startVendors();
if (openai === undefined || anthropic === undefined) throw new Error('both vendors are needed');
const both = [openai, anthropic];
afterAll(() => Promise.all(both.map(({ emulator }) => emulator.close())));
beforeEach(() => {
  for (const { emulator } of both) emulator.reset();
});

const policy = { ...chatPolicy, firstTokenMs: 500, stallMs: 500, startWithinMs: 3_000 };
const chain: ChainLink[] = both.map(({ provider, model }) => linkTo(provider, model));

async function run(overrides: Partial<AttemptsInput> = {}, onText = () => {}) {
  const sink = new RecordingSink();
  let firstTextMs: number | null = null;
  const startedAt = performance.now();
  const text = sink.text.bind(sink);
  sink.text = (piece) => {
    firstTextMs ??= performance.now() - startedAt;
    text(piece);
    onText();
  };
  const outcome = await runAttempts({
    chain,
    request: sampleRequest,
    signal: new AbortController().signal,
    sink,
    health: createProviderHealth(),
    clock: systemClock,
    logger: silentLogger,
    policy,
    ...overrides,
  });
  const tookMs = performance.now() - startedAt;
  return { outcome, sink, firstTextMs: firstTextMs ?? Number.POSITIVE_INFINITY, tookMs };
}

describe('the fallback from one vendor to the other', () => {
  it.each<[string, Scenario]>([
    ['429 with Retry-After 2', { fault: { kind: 'status', status: 429, retryAfter: '2' } }],
    ['429 with an hour', { fault: { kind: 'status', status: 429, retryAfter: '3600' } }],
    ['429 with ten years', { fault: { kind: 'status', status: 429, retryAfter: '315360000' } }],
    ['429 with a negative wait', { fault: { kind: 'status', status: 429, retryAfter: '-3' } }],
    [
      '429 with a date',
      { fault: { kind: 'status', status: 429, retryAfter: 'Mon, 23 Nov 2099 00:00:00 GMT' } },
    ],
    ['500', { fault: { kind: 'status', status: 500 } }],
    ['503', { fault: { kind: 'status', status: 503 } }],
    ['529', { fault: { kind: 'status', status: 529 } }],
    ['401', { fault: { kind: 'status', status: 401 } }],
    ['404 for a retired model', { fault: { kind: 'status', status: 404 } }],
    ['a reset before the headers', { fault: { kind: 'reset-before-headers' } }],
    ['no answer', { fault: { kind: 'no-answer' } }],
    ['a slow first token', { firstTokenMs: 20_000 }],
    [
      'an error before the first token',
      { fault: { kind: 'error', code: 'overloaded_error', afterTokens: 0 } },
    ],
    ['a malformed chunk before the first token', { fault: { kind: 'garbage', afterTokens: 0 } }],
    ['a clean close before the first token', { fault: { kind: 'close', afterTokens: 0 } }],
  ])('is silent and quick on %s: the first token within 2 s', async (_name, scenario) => {
    openai.emulator.set(scenario);
    const { outcome, sink, firstTextMs } = await run();
    expect(outcome.kind).toBe('completed');
    expect(sink.output).toBe(anthropic.emulator.journal.entries[0]?.text);
    expect(firstTextMs).toBeLessThan(2_000);
    expect(outcome.attempts.map(({ provider, outcome: how }) => `${provider} ${how}`)).toEqual([
      'openai failed',
      'anthropic completed',
    ]);
    expect(openai.emulator.journal.entries).toHaveLength(1);
  });

  it('asks the offline model when both vendors fail', async () => {
    for (const { emulator } of both) emulator.set({ fault: { kind: 'status', status: 503 } });
    const offline = linkTo(offlineProvider({ paceMs: 0 }), 'offline-1');
    const { outcome, sink } = await run({ chain: [...chain, offline] });
    expect(outcome.kind).toBe('completed');
    expect(sink.output).toContain('offline model');
  });

  it('repeats a vendor that recovers, when no other is left', async () => {
    for (const { emulator } of both)
      emulator.set({ fault: { kind: 'status', status: 429, retryAfterMs: '100' } }, { request: 1 });
    const { outcome } = await run();
    expect(outcome.kind).toBe('completed');
    expect(outcome.attempts).toHaveLength(3);
  });

  it('ends in a typed failure within its deadline when nobody recovers', async () => {
    for (const { emulator } of both)
      emulator.set({ fault: { kind: 'status', status: 429, retryAfter: '1' } });
    const { outcome, tookMs } = await run();
    expect(outcome).toMatchObject({ kind: 'failed', code: 'run.provider-failed', retryable: true });
    expect(tookMs).toBeLessThan(policy.startWithinMs + 500);
  });

  it.each<[string, Scenario]>([
    ['a cut', { fault: { kind: 'reset', afterTokens: 40 } }],
    ['a stall', { fault: { kind: 'stall', afterTokens: 40 } }],
    ['an error within the stream', { fault: { kind: 'error', code: 'overloaded_error', afterTokens: 40 } }],
  ])('keeps the 40 words before %s and asks nobody else', async (_name, scenario) => {
    openai.emulator.set({ words: 60, ...scenario });
    const { outcome, sink } = await run();
    expect(outcome).toMatchObject({ kind: 'failed', retryable: true });
    expect(sink.output.split(' ')).toHaveLength(40);
    expect(anthropic.emulator.journal.entries).toHaveLength(0);
  });

  it('charges what the vendors count', async () => {
    openai.emulator.set({ fault: { kind: 'status', status: 500 } });
    anthropic.emulator.set({ words: 25, reasoningTokens: 3, cachedTokens: 11 });
    const { outcome } = await run();
    const [failed, won] = outcome.attempts;
    expect(failed?.usage).toMatchObject({ inputTokens: 0, outputTokens: 0 });
    expect(won?.usage).toEqual({
      inputTokens: anthropic.emulator.journal.entries[0]?.inputTokens,
      cacheReadTokens: 11,
      cacheWriteTokens: 0,
      outputTokens: 25,
      reasoningTokens: 3,
      source: 'reported',
    });
  });
});

describe.each(both)('cancelling an answer of $name', ({ name, emulator, provider, model }) => {
  it('closes the vendor’s connection within 500 ms, at any point, and charges what was received', async () => {
    emulator.set({ words: 400, tokensPerSecond: 400 });
    for (const afterTokens of [1, 20, 90]) {
      emulator.journal.reset();
      const controller = new AbortController();
      let received = 0;
      let cancelledAt = 0;
      const onText = () => {
        received += 1;
        if (received !== afterTokens) return;
        cancelledAt = Date.now();
        controller.abort();
      };
      const running = run({ chain: [linkTo(provider, model)], signal: controller.signal }, onText);
      const { outcome, sink } = await running;
      const entry = await emulator.journal.until(({ endedAt }) => endedAt !== null);
      expect(entry.endedBy).toBe('client');
      expect((entry.endedAt ?? 0) - cancelledAt).toBeLessThan(500);
      const usage = outcome.attempts[0]?.usage;
      expect(outcome.kind).toBe('cancelled');
      expect(entry.text.startsWith(sink.output)).toBe(true);
      expect(usage).toMatchObject({ source: 'estimated', inputTokens: entry.inputTokens });
      expect(usage?.outputTokens).toBe(
        Math.max(name === 'anthropic' ? 1 : 0, Math.ceil(sink.output.length / 3.6)),
      );
    }
  });
});
