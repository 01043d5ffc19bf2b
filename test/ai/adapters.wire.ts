import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { withDeadlines } from '../../server/integrations/ai/deadlines.ts';
import type { ProviderErrorKind } from '../../server/integrations/ai/port.ts';
import type { Fault, Scenario } from '../emulators/scenario.ts';
import { collect, sampleRequest } from './sample.ts';
import { startVendors, type VendorUnderTest } from './vendors.ts';

const vendors = await startVendors();
afterAll(() => Promise.all(vendors.map(({ emulator }) => emulator.close())));

/** Of a vendor that fails, whose silence is waited for; and of one that answers, however busy the machine is. */
const short = { firstTokenMs: 500, firstTokenCapMs: 700, stallMs: 600, totalMs: 10_000 };
const patient = { firstTokenMs: 10_000, firstTokenCapMs: 10_000, stallMs: 10_000, totalMs: 20_000 };

/** One vendor with a port, and so connections, of its own. */
async function startVendor(name: VendorUnderTest['name']): Promise<VendorUnderTest> {
  const started = await startVendors();
  await Promise.all(started.filter((vendor) => vendor.name !== name).map(({ emulator }) => emulator.close()));
  const found = started.find((vendor) => vendor.name === name);
  if (found === undefined) throw new Error(`no vendor is called ${name}`);
  return found;
}

async function ask(
  vendor: VendorUnderTest,
  scenario: Scenario,
  overrides: Partial<typeof sampleRequest> = {},
) {
  vendor.emulator.set(scenario);
  const request = { ...sampleRequest, ...overrides, model: vendor.model };
  const source = { provider: vendor.name, signal: new AbortController().signal };
  const limits = scenario.fault === undefined ? patient : short;
  const collected = await collect(
    withDeadlines((signal) => vendor.provider.stream(request, signal), source, limits),
  );
  return { ...collected, last: collected.events.at(-1), entry: vendor.emulator.journal.entries.at(-1) };
}

describe.each(vendors)('the adapter for $name, through the vendor’s SDK', (vendor) => {
  beforeEach(() => vendor.emulator.reset());

  it('streams the answer, whole and in order, and reports the vendor’s own usage', async () => {
    const { text, last, entry, events } = await ask(vendor, {
      words: 30,
      cachedTokens: 4,
      cacheWriteTokens: 2,
    });
    expect(text).toBe(entry?.text);
    expect(text).toMatch(/^w000001 .* w000030$/);
    expect(events[0]).toEqual({
      type: 'opened',
      model: vendor.model,
      requestId: expect.stringMatching(/^req_/),
    });
    const uncached = (entry?.inputTokens ?? 0) - (vendor.name === 'openai' ? 6 : 0);
    expect(last).toEqual({
      type: 'done',
      reason: 'stop',
      usage: {
        inputTokens: uncached,
        cacheReadTokens: 4,
        cacheWriteTokens: 2,
        outputTokens: 30,
        reasoningTokens: 0,
        source: 'reported',
      },
    });
  });

  it('tells thoughts from text, in what it streams and in what it counts', async () => {
    const { text, reasoning, last } = await ask(vendor, { words: 5, reasoningTokens: 7 });
    expect(text).not.toContain('w000006');
    expect(reasoning).toContain('w000007');
    expect(last).toMatchObject({ usage: { outputTokens: 5, reasoningTokens: 7 } });
  });

  it.each<[string, Scenario]>([
    ['CRLF', { wire: { newline: '\r\n' } }],
    ['CR', { wire: { newline: '\r' } }],
    ['comment lines', { wire: { comments: true } }],
    ['events of unknown types', { wire: { unknownEvents: true } }],
    [
      'chunks of one byte, in the middle of characters',
      { words: 12, unicode: true, wire: { chunkBytes: 1 } },
    ],
    ['chunks of seven bytes with CRLF', { unicode: true, wire: { chunkBytes: 7, newline: '\r\n' } }],
    ['deltas that end inside surrogate pairs', { unicode: true, cuts: 'anywhere' }],
  ])('reads a stream with %s like any other', async (_name, scenario) => {
    const { text, last, entry, error } = await ask(vendor, scenario);
    expect(error).toBeNull();
    expect(text).toBe(entry?.text);
    expect(last).toMatchObject({ type: 'done', reason: 'stop' });
  });

  it.each<[string, Scenario, string]>([
    ['its limit of tokens', { finish: 'max_output' }, 'max_output'],
    ['its content filter', { finish: 'content_filter' }, 'content_filter'],
    ['a refusal', { finish: 'refusal', text: 'I cannot help with that.' }, 'content_filter'],
  ])('says when the vendor stopped by %s', async (_name, scenario, reason) => {
    const { text, last, entry } = await ask(vendor, scenario);
    expect(last).toMatchObject({ type: 'done', reason });
    expect(text).toBe(entry?.text);
  });

  it('asks for no more tokens than the request allows', async () => {
    const { last, entry } = await ask(vendor, { words: 50 }, { maxOutputTokens: 20 });
    expect(last).toMatchObject({ type: 'done', reason: 'max_output', usage: { outputTokens: 20 } });
    expect(entry?.tokensProduced).toBe(20);
  });

  it.each(['missing', 'nonsense'] as const)(
    'estimates the usage where the vendor’s is %s, and says so',
    async (usage) => {
      const { last, text } = await ask(vendor, { usage });
      expect(last).toMatchObject({ type: 'done' });
      const reported = last?.type === 'done' ? last.usage : undefined;
      expect(reported?.inputTokens).toBeGreaterThan(0);
      if (vendor.name === 'openai')
        expect(reported).toMatchObject({ source: 'estimated', outputTokens: Math.ceil(text.length / 3.6) });
    },
  );

  const status = (code: number, rest: object = {}): Fault => ({ kind: 'status', status: code, ...rest });
  it.each<[string, Fault, ProviderErrorKind, number | undefined]>([
    ['429 with Retry-After', status(429, { retryAfter: '2' }), 'rate_limited', 2_000],
    ['429 with milliseconds', status(429, { retryAfterMs: '40' }), 'rate_limited', 40],
    ['429 with ten years', status(429, { retryAfter: '315360000' }), 'rate_limited', 315_360_000_000],
    ['429 with a negative wait', status(429, { retryAfter: '-1' }), 'rate_limited', undefined],
    ['429 without Retry-After', status(429), 'rate_limited', undefined],
    [
      '429 for an account that cannot pay',
      status(429, { code: 'insufficient_quota' }),
      'authentication',
      undefined,
    ],
    ['429 slow_down', status(429, { code: 'slow_down' }), 'overloaded', undefined],
    ['500', status(500), 'server', undefined],
    ['500 with a page of HTML', status(500, { body: 'html' }), 'server', undefined],
    ['502 with nothing', status(502, { body: 'empty' }), 'server', undefined],
    ['503', status(503, { code: 'overloaded' }), 'overloaded', undefined],
    ['504', status(504, { code: 'timeout_error' }), 'server', undefined],
    ['529', status(529, { code: 'overloaded_error' }), 'overloaded', undefined],
    ['401', status(401, { code: 'invalid_api_key' }), 'authentication', undefined],
    ['402', status(402, { code: 'billing_error' }), 'authentication', undefined],
    ['403', status(403, { code: 'permission_error' }), 'authentication', undefined],
    ['404', status(404, { code: 'model_not_found' }), 'invalid_request', undefined],
    ['413', status(413, { code: 'request_too_large' }), 'context_length', undefined],
    [
      'a prompt beyond the context',
      status(400, { code: 'context_length_exceeded' }),
      'context_length',
      undefined,
    ],
    [
      'a prompt beyond the context, in words',
      status(400, { message: 'prompt is too long: 1200000 tokens > 1000000 maximum' }),
      'context_length',
      undefined,
    ],
    ['a prompt the filter refuses', status(400, { code: 'content_filter' }), 'content_filter', undefined],
    ['400', status(400, { code: 'invalid_request_error' }), 'invalid_request', undefined],
    ['a reset before the headers', { kind: 'reset-before-headers' }, 'connection', undefined],
    ['no answer', { kind: 'no-answer' }, 'first_token_timeout', undefined],
    ['pings only', { kind: 'pings-only', everyMs: 20 }, 'first_token_timeout', undefined],
  ])('knows %s as what it is, after one request', async (_name, fault, kind, retryAfterMs) => {
    const { error, text } = await ask(vendor, { fault });
    expect(error).toMatchObject({ name: 'ProviderError', provider: vendor.name, kind, retryAfterMs });
    expect(text).toBe('');
    expect(vendor.emulator.journal.entries).toHaveLength(1);
  });

  it.each<[string, Scenario, ProviderErrorKind]>([
    ['a reset after 40 tokens', { fault: { kind: 'reset', afterTokens: 40 } }, 'connection'],
    ['a clean close after 40 tokens', { fault: { kind: 'close', afterTokens: 40 } }, 'connection'],
    ['a stall after 40 tokens', { fault: { kind: 'stall', afterTokens: 40 } }, 'stalled'],
    ['a malformed chunk', { fault: { kind: 'garbage', afterTokens: 40 } }, 'protocol'],
    [
      'an error within the stream',
      { fault: { kind: 'error', code: 'overloaded_error', afterTokens: 40 } },
      'overloaded',
    ],
    [
      'a rate limit within the stream',
      { fault: { kind: 'error', code: 'rate_limit_exceeded', afterTokens: 40 } },
      'rate_limited',
    ],
    ['a failed response', { fault: { kind: 'failed', code: 'server_error', afterTokens: 40 } }, 'server'],
    ['a line of 10 MB', { fault: { kind: 'huge-line', bytes: 10_000_000, afterTokens: 40 } }, 'protocol'],
  ])('keeps the text before %s, and fails', async (_name, scenario, kind) => {
    const { error, text, last } = await ask(vendor, { words: 60, ...scenario });
    expect(error).toMatchObject({ kind });
    expect(text).toBe(Array.from({ length: 40 }, (_, i) => `w${String(i + 1).padStart(6, '0')}`).join(' '));
    expect(last?.type).not.toBe('done');
  });

  it('never takes a stream for whole that was cut at any byte', async () => {
    const whole = await ask(vendor, { words: 8 });
    const bytes = whole.entry?.bytesSent ?? 0;
    for (let at = 1; at < bytes; at += 61) {
      const { text, error, last } = await ask(vendor, { words: 8, fault: { kind: 'close', afterBytes: at } });
      const kinds: unknown[] = ['connection', 'protocol'];
      if (last?.type !== 'done') expect(kinds).toContain(Object(error).kind);
      // The terminal event is whole: only the blank line after it is missing.
      else expect(at).toBeGreaterThan(bytes - 3);
      expect(whole.text.startsWith(text)).toBe(true);
    }
  });

  it('never says a doubled frame twice', async () => {
    const { text, error, entry } = await ask(vendor, { wire: { doubledFrames: true } });
    if (error === null) expect(text).toBe(entry?.text);
    else expect({ text, error }).toMatchObject({ text: '', error: { kind: 'protocol' } });
  });

  it('never takes a stream for whole whose frames changed places, unless its text is right', async () => {
    const outcomes = new Set<unknown>();
    // One word: Anthropic neither numbers its frames nor repeats the text, so two swapped words would be two words.
    const words = vendor.name === 'openai' ? 3 : 1;
    for (let swapAt = 0; swapAt < 14; swapAt += 1) {
      const { text, error, entry } = await ask(vendor, { words, reasoningTokens: 1, wire: { swapAt } });
      if (error === null) expect(text).toBe(entry?.text);
      else expect(error).toMatchObject({ kind: 'protocol' });
      outcomes.add(error === null ? 'whole' : 'refused');
    }
    expect(outcomes).toContain('refused');
  });

  it('closes the vendor’s connection within 500 ms of an abort', async () => {
    vendor.emulator.set({ words: 1_000, tokensPerSecond: 100 });
    for (const afterTokens of [0, 3, 9]) {
      vendor.emulator.journal.reset();
      const controller = new AbortController();
      const request = { ...sampleRequest, model: vendor.model };
      const collecting = collect(vendor.provider.stream(request, controller.signal));
      const entry = await vendor.emulator.journal.until(
        (e) => e.status === 200 && e.tokensProduced >= afterTokens,
      );
      const abortedAt = Date.now();
      controller.abort();
      const { error } = await collecting;
      const ended = await vendor.emulator.journal.until((e) => e.endedAt !== null);
      expect(error).toMatchObject({ kind: 'aborted' });
      expect(ended.endedBy).toBe('client');
      expect((ended.endedAt ?? 0) - abortedAt).toBeLessThan(500);
      expect(entry.tokensProduced).toBeLessThan(afterTokens + 100);
    }
  });

  it('sends the next request on the same connection after a whole answer', async () => {
    const fresh = await startVendor(vendor.name);
    for (let i = 0; i < 3; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await ask(fresh, { words: 3, endDelayMs: 20 });
    }
    expect(fresh.emulator.journal.entries.map((entry) => entry.connection)).toEqual([1, 1, 1]);
    await fresh.emulator.close();
  });

  it('says nothing to the vendor when the last turn is not the user’s', async () => {
    const turns = [{ role: 'assistant', text: 'Hello' } as const];
    const { error } = await ask(vendor, {}, { turns });
    expect(error).toMatchObject({ kind: 'invalid_request' });
    expect(vendor.emulator.journal.entries).toHaveLength(0);
  });

  it('sends turns the vendor accepts, whatever the conversation looks like', async () => {
    const turns = [
      { role: 'assistant', text: 'Welcome.' },
      { role: 'user', text: 'First' },
      { role: 'user', text: 'and half a pair \ud83d' },
      { role: 'assistant', text: '' },
      { role: 'user', text: 'Last' },
    ] as const;
    const { error } = await ask(vendor, { words: 3 }, { turns });
    expect(error).toBeNull();
  });

  it('is known as a connection failure when nobody listens', async () => {
    const gone = await startVendor(vendor.name);
    await gone.emulator.close();
    const startedAt = performance.now();
    const { error } = await collect(
      gone.provider.stream({ ...sampleRequest, model: gone.model }, new AbortController().signal),
    );
    expect(error).toMatchObject({ kind: 'connection' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

it('the adapter for OpenAI stops at a frame that comes after its follower, before the text is told whole', async () => {
  const openai = vendors.find(({ name }) => name === 'openai');
  if (openai === undefined) throw new Error('OpenAI is not among the vendors');
  openai.emulator.reset();
  const { text, error } = await ask(openai, { words: 9, wire: { swapAt: 6 } });
  expect(error).toMatchObject({ kind: 'protocol', message: expect.stringContaining('out of order') });
  expect(text).toBe('w000001 w000002 w000004');
});
