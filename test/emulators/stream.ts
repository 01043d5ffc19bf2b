import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Generation } from './generation.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { Fault, Scenario } from './scenario.ts';
import { SseWriter } from './sse-writer.ts';
import type { Frame, Vendor } from './vendor.ts';

export interface Answering {
  readonly vendor: Vendor;
  readonly response: ServerResponse;
  readonly generation: Generation;
  readonly scenario: Scenario;
  readonly entry: JournalEntry;
  readonly journal: Journal;
  readonly requestId: string;
  /** Fires when the client has left or the emulator closes. */
  readonly gone: AbortSignal;
}

/** Streams one generation, paced, with the scenario's fault at its place. Generation stops when the client leaves. */
export async function streamAnswer(answering: Answering): Promise<void> {
  const { vendor, response, generation, scenario, gone } = answering;
  const { fault } = scenario;
  const writer = new SseWriter(response, answering.entry, {
    wire: scenario.wire ?? {},
    maxBytes: (fault && 'afterBytes' in fault ? fault.afterBytes : undefined) ?? Number.POSITIVE_INFINITY,
  });
  if (fault?.kind === 'pings-only') return pingForever(answering, writer, fault.everyMs);
  const tokenLimit = fault && 'afterTokens' in fault ? fault.afterTokens : undefined;
  const { firstTokenMs } = generation;
  const paced = pacer({ firstTokenMs, tokensPerSecond: scenario.tokensPerSecond }, gone);
  let faulted = false;
  for (const frame of swapped(vendor.frames(generation), scenario.wire?.swapAt)) {
    const isFaultHere = !faulted && frame.token === true && answering.entry.tokensProduced === tokenLimit;
    if (fault !== undefined && isFaultHere) {
      faulted = true;
      if (!(await strike(answering, writer, fault))) return;
    }
    if (frame.token === true) await paced(answering.entry.tokensProduced);
    if (gone.aborted) return;
    if (!(await writer.frame(frame))) {
      if (fault !== undefined) await strike(answering, writer, fault);
      return;
    }
    note(answering, frame);
  }
  await sleep(scenario.endDelayMs ?? 0, undefined, { signal: gone }).catch(() => undefined);
  response.end();
}

function note({ entry, journal, generation }: Answering, frame: Frame): void {
  if (frame.token !== true) return;
  entry.text += generation.tokens[entry.tokensProduced] ?? '';
  entry.tokensProduced += 1;
  journal.changed(entry);
}

function* swapped(frames: Iterable<Frame>, at: number | undefined): Generator<Frame> {
  let held: Frame | undefined;
  let index = 0;
  for (const frame of frames) {
    if (index === at) held = frame;
    else yield frame;
    if (held !== undefined && index !== at) {
      yield held;
      held = undefined;
    }
    index += 1;
  }
  if (held !== undefined) yield held;
}

interface Pace {
  readonly firstTokenMs: number;
  readonly tokensPerSecond?: number | undefined;
}

/** Waits until token n is due by the schedule, which never drifts. */
function pacer({ firstTokenMs, tokensPerSecond }: Pace, gone: AbortSignal): (index: number) => Promise<void> {
  const startedAt = performance.now();
  const intervalMs = tokensPerSecond ? 1000 / tokensPerSecond : 0;
  return async (index) => {
    const dueInMs = startedAt + firstTokenMs + index * intervalMs - performance.now();
    if (dueInMs > 0) await sleep(dueInMs, undefined, { signal: gone }).catch(() => undefined);
  };
}

async function pingForever({ vendor, gone }: Answering, writer: SseWriter, everyMs: number): Promise<void> {
  while (!gone.aborted) {
    await writer.frame(vendor.ping());
    await sleep(everyMs, undefined, { signal: gone }).catch(() => undefined);
  }
}

/** Does the damage. Resolves true when the stream goes on after it. */
async function strike(answering: Answering, writer: SseWriter, fault: Fault): Promise<boolean> {
  const { vendor, response, generation, gone, requestId } = answering;
  switch (fault.kind) {
    case 'reset':
      // What is in the kernel's buffer would be lost with the reset.
      await sleep(20);
      response.socket?.resetAndDestroy();
      return false;
    case 'stall':
      if (!gone.aborted) await new Promise((resolve) => gone.addEventListener('abort', resolve));
      return false;
    case 'garbage':
      await writer.raw('event: content_block_delta\ndata: {"type":"content_bl\n\n');
      return true;
    case 'huge-line':
      await writer.raw(`data: ${'x'.repeat(fault.bytes)}`);
      break;
    case 'error':
      await writer.frame(vendor.error(fault.code, requestId));
      break;
    case 'failed':
      await writer.frame(vendor.failed(fault.code, generation));
      break;
    default:
      break;
  }
  response.end();
  return false;
}
