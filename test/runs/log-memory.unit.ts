import { describe, expect, it } from 'vitest';
import { newId } from '../../server/core/ids.ts';
import { createMemoryRunLog } from '../../server/runs/log.memory.ts';
import { batch } from './log-harness/entries.ts';

describe('the run log in memory', () => {
  it('forgets a run 24 h after its start', async () => {
    let now = 1_000_000;
    const log = createMemoryRunLog({ clock: { now: () => now } });
    const [early, later] = [newId('run'), newId('run')];
    await log.takeover(early, 1, { create: true });
    await log.append(early, batch(1, 1, 3));
    now += 3_600_000;
    await log.takeover(later, 1, { create: true });
    now += 23 * 3_600_000 - 1;
    expect((await log.read(early, 0)).length).toBe(1);
    now += 1;
    expect(await log.tail(early)).toMatchObject({ exists: false });
    expect(await log.append(early, batch(1, 4, 4))).toBe('lost');
    expect(await log.takeover(early, 2, { create: false })).toMatchObject({ exists: false });
    expect(await log.tail(later)).toMatchObject({ exists: true });
  });

  it('loses the oldest run when all together take too much, and takes no more of it', async () => {
    const log = createMemoryRunLog({ maxBytes: 10_000 });
    const runIds = [newId('run'), newId('run'), newId('run')];
    const text = 'x'.repeat(2000);
    for (const runId of runIds) {
      await log.takeover(runId, 1, { create: true });
      const events = [{ type: 'text.delta', seq: 1, block: 0, text }] as const;
      expect(await log.append(runId, { epoch: 1, firstSeq: 1, lastSeq: 1, events })).toBe('appended');
    }
    const kept = await Promise.all(runIds.map(async (runId) => (await log.tail(runId)).exists));
    expect(kept).toEqual([false, true, true]);
    expect(await log.append(runIds[0] ?? '', batch(1, 2, 2))).toBe('lost');
    for (const runId of runIds) await log.drop(runId);
    await log.takeover(newId('run'), 1, { create: true });
    expect(await log.tail(runIds[2] ?? '')).toMatchObject({ exists: false });
  });
});
