import { describe, expect, it } from 'vitest';
import { newId } from '../../../server/core/ids.ts';
import { batch, terminal } from './entries.ts';
import type { LogStore } from './stores.ts';

/** What every adapter of `RunLog` keeps, without faults. */
export function describeContract(open: () => LogStore): void {
  const opened = (epoch = 1) => openRun(open(), epoch);
  describe('takeover', () => takeoverRules(open, opened));
  describe('append', () => appendRules(open, opened));
  describe('read', () => readRules(open, opened));
}

type Opened = (epoch?: number) => ReturnType<typeof openRun>;

async function openRun(store: LogStore, epoch: number) {
  const log = store.openLog(null);
  const runId = newId('run');
  await log.takeover(runId, epoch, { create: true });
  return { log, runId };
}

function takeoverRules(open: () => LogStore, opened: Opened): void {
  it('begins an empty log', async () => {
    const log = open().openLog(null);
    const runId = newId('run');
    expect(await log.tail(runId)).toEqual({ exists: false, epoch: 0, lastSeq: 0, ended: false });
    const tail = { exists: true, epoch: 3, lastSeq: 0, ended: false };
    expect(await log.takeover(runId, 3, { create: true })).toEqual(tail);
    expect(await log.tail(runId)).toEqual(tail);
    expect(await log.read(runId, 0)).toEqual([]);
  });

  it('answers the tail, also when repeated and after many takeovers in a row', async () => {
    const { log, runId } = await opened();
    await log.append(runId, batch(1, 1, 5));
    for (let epoch = 2; epoch <= 12; epoch += 1) {
      const tail = { exists: true, epoch, lastSeq: 5, ended: false };
      expect(await log.takeover(runId, epoch, { create: false })).toEqual(tail);
      expect(await log.takeover(runId, epoch, { create: epoch === 5 })).toEqual(tail);
    }
    expect(await log.append(runId, batch(12, 6, 7))).toBe('appended');
    expect(await log.takeover(runId, 12, { create: true })).toMatchObject({ epoch: 12, lastSeq: 7 });
  });

  it('of a lower epoch is fenced', async () => {
    const { log, runId } = await opened(5);
    expect(await log.takeover(runId, 4, { create: true })).toBe('fenced');
    expect(await log.takeover(runId, 4, { create: false })).toBe('fenced');
  });

  it('tells that a log has ended', async () => {
    const { log, runId } = await opened();
    await log.append(runId, terminal(1, 1));
    expect(await log.takeover(runId, 2, { create: false })).toEqual({
      exists: true,
      epoch: 2,
      lastSeq: 1,
      ended: true,
    });
  });

  it('without create leaves a log gone that is gone', async () => {
    const { log, runId } = await opened();
    await log.append(runId, batch(1, 1, 2));
    await log.drop(runId);
    expect(await log.takeover(runId, 2, { create: false })).toMatchObject({ exists: false });
    expect(await log.append(runId, batch(2, 3, 3))).toBe('lost');
    expect(await log.tail(runId)).toMatchObject({ exists: false });
    expect(await log.takeover(runId, 3, { create: true })).toMatchObject({ exists: true, lastSeq: 0 });
  });

  it('refuses what is not a run id or an epoch', async () => {
    const log = open().openLog(null);
    await expect(log.takeover("run_x'; drop table runs; --", 1, { create: true })).rejects.toThrow(TypeError);
    await expect(log.takeover(newId('run'), 0, { create: true })).rejects.toThrow(TypeError);
  });
}

function appendRules(open: () => LogStore, opened: Opened): void {
  it('knows its own retry', async () => {
    const { log, runId } = await opened();
    const other = open().openLog(null);
    expect(await log.append(runId, batch(1, 1, 3))).toBe('appended');
    expect(await log.append(runId, batch(1, 1, 3))).toBe('appended');
    expect(await other.append(runId, batch(1, 1, 3))).toBe('appended');
    expect(await log.append(runId, batch(1, 4, 4))).toBe('appended');
    expect(await log.append(runId, batch(1, 1, 3))).toBe('appended');
    expect((await log.read(runId, 0)).map((entry) => entry.lastSeq)).toEqual([3, 4]);
  });

  it('is fenced by a takeover, also a retry that never landed', async () => {
    const { log, runId } = await opened();
    await log.append(runId, batch(1, 1, 3));
    await open().openLog(null).takeover(runId, 2, { create: false });
    expect(await log.append(runId, batch(1, 4, 6))).toBe('fenced');
    expect(await log.append(runId, batch(1, 1, 3))).toBe('appended');
  });

  it('does not take other content in the place of a batch', async () => {
    const { log, runId } = await opened();
    await log.append(runId, batch(1, 1, 3));
    expect(await log.append(runId, batch(1, 1, 3, 'something else'))).toBe('fenced');
  });

  it('after a gap is lost', async () => {
    const { log, runId } = await opened();
    await log.append(runId, batch(1, 1, 3));
    expect(await log.append(runId, batch(1, 5, 6))).toBe('lost');
    expect(await log.append(runId, batch(1, 4, 6))).toBe('appended');
  });

  it('adds nothing after the terminal event', async () => {
    const { log, runId } = await opened();
    await log.append(runId, terminal(1, 1));
    expect(await log.append(runId, batch(1, 2, 2))).toBe('fenced');
    expect(await log.append(runId, terminal(1, 1))).toBe('appended');
    expect(await log.tail(runId)).toMatchObject({ ended: true, lastSeq: 1 });
  });

  it('keeps every text as it is', async () => {
    const { log, runId } = await opened();
    const texts = [
      '\u0000',
      "'; drop table run_log; --",
      '"\\"\n\r\t',
      '\ud800',
      '👩‍🚀 é',
      'x'.repeat(300_000),
      '123',
    ];
    for (const [index, text] of texts.entries()) {
      expect(await log.append(runId, batch(1, index + 1, index + 1, text))).toBe('appended');
    }
    const stored = (await log.read(runId, 0)).flatMap((entry) => entry.events);
    expect(stored.map((event) => (event.type === 'text.delta' ? event.text : ''))).toEqual(texts);
  });

  it('refuses an empty batch and a range that runs backwards', async () => {
    const { log, runId } = await opened();
    await expect(log.append(runId, { epoch: 1, firstSeq: 1, lastSeq: 1, events: [] })).rejects.toThrow(
      TypeError,
    );
    await expect(log.append(runId, { ...batch(1, 5, 6), lastSeq: 4 })).rejects.toThrow(TypeError);
    await expect(log.append(runId, { ...batch(1, 1, 1), epoch: 0.5 })).rejects.toThrow(TypeError);
  });

  it('of many runs in one tick: one that is refused hides no other', async () => {
    const log = open().openLog(null);
    const runIds = Array.from({ length: 20 }, () => newId('run'));
    await Promise.all(runIds.map((runId) => log.takeover(runId, 1, { create: true })));
    const fenced = new Set(runIds.filter((_, index) => index % 5 === 0));
    await Promise.all([...fenced].map((runId) => open().openLog(null).takeover(runId, 2, { create: false })));
    const outcomes = await Promise.all(runIds.map((runId) => log.append(runId, batch(1, 1, 2))));
    expect(outcomes).toEqual(runIds.map((runId) => (fenced.has(runId) ? 'fenced' : 'appended')));
  });
}

function readRules(open: () => LogStore, opened: Opened): void {
  it('answers whole batches after a number, in order, at most as many as asked for', async () => {
    const { log, runId } = await opened();
    for (const [first, last] of [
      [1, 3],
      [4, 4],
      [5, 9],
      [10, 12],
    ] as const)
      await log.append(runId, batch(1, first, last));
    const ends = async (...input: [number, number?]) =>
      (await log.read(runId, ...input)).map((one) => one.lastSeq);
    expect(await ends(0)).toEqual([3, 4, 9, 12]);
    expect(await ends(0, 2)).toEqual([3, 4]);
    expect(await ends(0, Number.MAX_SAFE_INTEGER)).toEqual([3, 4, 9, 12]);
    expect(await ends(6)).toEqual([9, 12]);
    expect(await ends(4, 1)).toEqual([9]);
    expect(await ends(3)).toEqual([4, 9, 12]);
    expect(await ends(12)).toEqual([]);
    expect(await ends(0)).toEqual([3, 4, 9, 12]);
    expect(await log.read(runId, 4, 1)).toEqual([batch(1, 5, 9)]);
  });

  it('follows across a takeover', async () => {
    const { log, runId } = await opened();
    const reader = open().openLog(null);
    await log.append(runId, batch(1, 1, 3));
    expect(await reader.read(runId, 0)).toEqual([batch(1, 1, 3)]);
    await log.takeover(runId, 7, { create: false });
    expect(await reader.read(runId, 3)).toEqual([]);
    await log.append(runId, batch(7, 4, 5));
    expect(await reader.read(runId, 3)).toEqual([batch(7, 4, 5)]);
  });

  it('of many runs answers in the order of the request', async () => {
    const log = open().openLog(null);
    const runIds = Array.from({ length: 5 }, () => newId('run'));
    for (const [index, runId] of runIds.entries()) {
      await log.takeover(runId, 1, { create: true });
      for (let seq = 1; seq <= index; seq += 1) await log.append(runId, batch(1, seq, seq));
    }
    const requests = [3, 0, 4, 1, 2].map((index) => ({ runId: runIds[index] ?? '', afterSeq: index - 1 }));
    requests.push({ runId: newId('run'), afterSeq: 0 }, { runId: runIds[4] ?? '', afterSeq: 0 });
    const answers = await log.readMany(
      requests.map((one) => ({ ...one, afterSeq: Math.max(0, one.afterSeq) })),
    );
    const ends = answers.map((entries) => entries.map((entry) => entry.lastSeq));
    expect(ends).toEqual([[3], [], [4], [1], [2], [], [1, 2, 3, 4]]);
    expect(await log.readMany([])).toEqual([]);
  });

  it('audits whether everything is still there', async () => {
    const { log, runId } = await opened();
    for (const seq of [1, 2, 3]) await log.append(runId, batch(1, seq, seq));
    for (const reader of [log, open().openLog(null)]) {
      expect(await reader.audit(runId, 3)).toBe(true);
      expect(await reader.audit(runId, 2)).toBe(true);
      expect(await reader.audit(runId, 4)).toBe(false);
    }
    await log.drop(runId);
    expect(await log.audit(runId, 3)).toBe(false);
  });
}
