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
});
