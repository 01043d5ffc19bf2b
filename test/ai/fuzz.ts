import { anthropicProvider } from '../../server/integrations/ai/anthropic.ts';
import { openAiProvider } from '../../server/integrations/ai/openai.ts';
import { ProviderError } from '../../server/integrations/ai/port.ts';
import { anthropicFrames } from '../emulators/anthropic-frames.ts';
import { generate, randomFrom } from '../emulators/generation.ts';
import { openAiFrames } from '../emulators/openai-frames.ts';
import type { Frame } from '../emulators/vendor.ts';
import { collect, sampleRequest } from './sample.ts';

type Random = (count: number) => number;

/** What may not happen, with the seed that shows it. */
export interface FuzzFinding {
  readonly seed: number;
  readonly what: string;
}

export interface FuzzReport {
  readonly streams: number;
  readonly whole: number;
  readonly failed: number;
  readonly findings: readonly FuzzFinding[];
}

const vendors = [
  { make: openAiProvider, model: 'gpt-6-sol', frames: openAiFrames },
  { make: anthropicProvider, model: 'claude-sonnet-5-5', frames: anthropicFrames },
] as const;

const newlines = ['\n', '\r\n', '\r'];
const nonsense = [null, 'x', -1, 1.5, 1e308, [], {}, true, '\ud800', ''];

/** Damages `count` streams from `firstSeed` on and reads them with the adapters and the vendors' SDKs, without sockets. */
export async function fuzzStreams(firstSeed: number, count: number): Promise<FuzzReport> {
  const findings: FuzzFinding[] = [];
  let whole = 0;
  let body: Uint8Array[] = [];
  const answer = async () =>
    new Response(streamOf(body), { status: 200, headers: { 'content-type': 'text/event-stream' } });
  const providers = vendors.map(({ make }) => make({ apiKey: 'k', fetch: answer }));
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    const at = seed % vendors.length;
    const [vendor, provider] = [vendors[at], providers[at]];
    if (vendor === undefined || provider === undefined) throw new Error('no vendor');
    const random = randomFrom(`fuzz ${seed}`);
    const asked = {
      model: vendor.model,
      promptCharacters: 100,
      maxTokens: 1_000,
      tools: [],
      schema: undefined,
    };
    const scenario = { words: random(20), unicode: random(2) === 0, reasoningTokens: random(3) };
    const generation = generate(asked, { ...scenario, cuts: 'anywhere' }, String(seed));
    body = chunked(damaged([...vendor.frames(generation)], random), random);
    const request = { ...sampleRequest, model: vendor.model };
    const result = await collect(provider.stream(request, AbortSignal.timeout(5_000)));
    if (result.error === null) whole += 1;
    findings.push(...judge(result).map((what) => ({ seed, what })));
  }
  return { streams: count, whole, failed: count - whole, findings };
}

function judge({ error, events }: Awaited<ReturnType<typeof collect>>): string[] {
  const wrong: string[] = [];
  if (error !== null && !(error instanceof ProviderError)) wrong.push(`threw ${String(error)}`);
  if (error instanceof ProviderError && error.kind === 'aborted') wrong.push('did not end by itself');
  const done = events.filter((event) => event.type === 'done').length;
  if (error === null && done !== 1) wrong.push(`${done} ends of a stream that did not fail`);
  for (const event of events) {
    if (event.type !== 'usage' && event.type !== 'done') continue;
    const { source: _source, ...counts } = event.usage;
    if (!Object.values(counts).every((value) => Number.isSafeInteger(value) && value >= 0))
      wrong.push(`usage ${JSON.stringify(event.usage)}`);
  }
  return wrong;
}

/** The bytes of a stream with up to three kinds of damage. */
function damaged(frames: readonly Frame[], random: Random): Uint8Array {
  let shown = [...frames];
  for (let i = random(3); i > 0; i -= 1) shown = damageFrames(shown, random);
  const newline = newlines[random(newlines.length)] ?? '\n';
  const text = shown.map((frame) => lines(frame, random).join(random(40) === 0 ? '\n' : newline)).join('');
  const bytes = Buffer.from(text);
  if (random(6) === 0) damageBytes(bytes, random);
  return random(6) === 0 ? bytes.subarray(0, random(bytes.length + 1)) : bytes;
}

function lines(frame: Frame, random: Random): string[] {
  const all = [`event: ${frame.event}`, `data: ${JSON.stringify(frame.data)}`, '', ''];
  if (random(300) === 0) all.splice(random(all.length), 1);
  if (random(25) === 0) all.unshift(':', 'retry: 1', 'id');
  if (random(300) === 0) all.unshift(`data: ${'x'.repeat(random(20_000))}`);
  return all;
}

function damageFrames(frames: Frame[], random: Random): Frame[] {
  const at = random(frames.length);
  const frame = frames[at];
  if (frame === undefined) return frames;
  const copy = [...frames];
  switch (random(6)) {
    case 0:
      copy.splice(at, 1);
      break;
    case 1:
      copy.splice(random(copy.length), 0, frame);
      break;
    case 2:
      copy.splice(at, 1, { event: 'vendor.new', data: { type: 'vendor.new' } });
      break;
    case 3:
      copy.splice(at, 1, { event: 'error', data: { type: 'error', error: { type: 'overloaded_error' } } });
      break;
    default:
      copy.splice(at, 1, { ...frame, data: damageValue(frame.data, random) });
  }
  return copy;
}

/** Puts nonsense somewhere into a JSON value. */
function damageValue(value: unknown, random: Random): unknown {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const key = keys[random(keys.length)];
  if (key === undefined || random(4) === 0) return nonsense[random(nonsense.length)];
  return { ...Object(value), [key]: damageValue(Object(value)[key], random) };
}

function damageBytes(bytes: Buffer, random: Random): void {
  for (let i = 1 + random(5); i > 0 && bytes.length > 0; i -= 1) bytes[random(bytes.length)] = random(256);
}

function chunked(bytes: Uint8Array, random: Random): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const most = random(2) === 0 ? 50 : 5_000;
  for (let at = 0; at < bytes.length; at += chunks.at(-1)?.length ?? 1)
    chunks.push(bytes.subarray(at, at + 1 + random(most)));
  return chunks;
}

function streamOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks[next];
      next += 1;
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
}
