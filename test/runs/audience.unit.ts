import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../server/core/clock.ts';
import { newId } from '../../server/core/ids.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { Audience, audiencePolicy } from '../../server/runs/audience.ts';
import { FlushClock } from '../../server/runs/flush-clock.ts';
import { createMemoryRunLog } from '../../server/runs/log.memory.ts';
import { LogWriter } from '../../server/runs/log-writer.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A writer over a log in memory whose audience the test decides. */
async function writing() {
  const runId = newId('run');
  const log = createMemoryRunLog();
  await log.takeover(runId, 1, { create: true });
  const flushes = new FlushClock();
  const start = performance.now();
  const at: number[] = [];
  const audience = { isWatched: false };
  const writer = new LogWriter({
    runId,
    epoch: 1,
    lastSeq: 0,
    log,
    clock: systemClock,
    flushes,
    logger: silentLogger,
    isWatched: () => audience.isWatched,
    onCommitted: () => at.push(performance.now() - start),
    onFenced: () => {},
    recover: async () => {},
  });
  const say = (text = 'word ') => writer.add({ type: 'text.delta', block: 0, text });
  /** One word every 20 ms. */
  const speak = async (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end; ) {
      say();
      await vi.advanceTimersByTimeAsync(20);
    }
  };
  return { writer, audience, at, say, speak, close: () => flushes.close() };
}

describe('a run that nobody watches', () => {
  it('is flushed with its first word, and then every 500 ms', async () => {
    const { at, speak, close } = await writing();
    await speak(1_700);
    // The window begins with the first word that waits.
    expect(at).toEqual([0, 520, 1_020, 1_520]);
    close();
  });

  it('is flushed at once when somebody comes, every 40 ms from then on, and rarely again when they leave', async () => {
    const { writer, audience, at, say, speak, close } = await writing();
    await speak(200);
    say();
    audience.isWatched = true;
    writer.flush();
    await vi.advanceTimersByTimeAsync(0);
    expect(at).toEqual([0, 200]);
    await speak(200);
    expect(at).toEqual([0, 200, 240, 280, 320, 360, 400]);
    audience.isWatched = false;
    at.length = 0;
    await speak(1_200);
    expect(at.length).toBeLessThanOrEqual(4);
    close();
  });

  it('is flushed before its window is over at 64 words, at 16 KiB, and with whatever is not text', async () => {
    const { writer, at, say, close } = await writing();
    say();
    await vi.advanceTimersByTimeAsync(10);
    for (let word = 0; word < 64; word += 1) say();
    await vi.advanceTimersByTimeAsync(10);
    expect(at).toHaveLength(2);
    say('x'.repeat(16 * 1024));
    await vi.advanceTimersByTimeAsync(10);
    expect(at).toHaveLength(3);
    say();
    writer.add({ type: 'block.ended', block: 0 });
    await vi.advanceTimersByTimeAsync(10);
    expect(at).toHaveLength(4);
    close();
  });
});

/** The audience of a process, what it announced, and how others announce to it. */
function audienceOf(produced: ReadonlySet<string>) {
  const announced: string[][] = [];
  const arrivals: string[] = [];
  let hear = (_runId: string) => {};
  const audience = new Audience({
    clock: systemClock,
    isLocal: (runId) => produced.has(runId),
    onArrival: (runId) => arrivals.push(runId),
    signals: {
      announce: (runIds) => void announced.push([...runIds]),
      onAnnounced(listener) {
        hear = listener;
        return () => {
          hear = () => {};
        };
      },
    },
  });
  return { audience, announced, arrivals, hear: (runId: string) => hear(runId) };
}

describe('the audience of a run', () => {
  it('is here from the first viewer to the last, and the producer is told once', () => {
    const { audience, announced, arrivals } = audienceOf(new Set(['mine']));
    expect(audience.isWatched('mine')).toBe(false);
    audience.enter('mine');
    expect(audience.isWatched('mine')).toBe(true);
    audience.leave('mine');
    expect(audience.isWatched('mine')).toBe(false);
    expect({ announced, arrivals }).toEqual({ announced: [], arrivals: ['mine'] });
    audience.close();
  });

  it('is elsewhere for 12 s after the last word of it', async () => {
    const { audience, arrivals, hear } = audienceOf(new Set(['mine']));
    hear('mine');
    hear('not mine');
    await vi.advanceTimersByTimeAsync(audiencePolicy.holdMs - 1);
    hear('mine');
    await vi.advanceTimersByTimeAsync(audiencePolicy.holdMs - 1);
    expect(audience.isWatched('mine')).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect([audience.isWatched('mine'), audience.isWatched('not mine')]).toEqual([false, false]);
    expect(arrivals).toEqual(['mine']);
    audience.close();
  });

  it('of a run of another process is announced at once and every 5 s while it lasts', async () => {
    const { audience, announced } = audienceOf(new Set());
    audience.enter('theirs');
    audience.enter('also theirs');
    await vi.advanceTimersByTimeAsync(audiencePolicy.renewMs);
    audience.leave('theirs');
    audience.leave('also theirs');
    await vi.advanceTimersByTimeAsync(3 * audiencePolicy.renewMs);
    expect(announced).toEqual([['theirs'], ['also theirs'], ['theirs', 'also theirs']]);
    expect(vi.getTimerCount()).toBe(0);
    audience.close();
  });
});
