import { describe, expect, it } from 'vitest';
import { AppendBatcher, type Settled } from '../../server/runs/append-batcher.ts';

interface Item {
  readonly run: string;
  readonly bytes?: number;
}

function batcher(options: { maxItems?: number; maxBytes?: number; fail?: (item: Item) => boolean } = {}) {
  const batches: string[][] = [];
  let inFlight = 0;
  const made = new AppendBatcher<Item, string>({
    key: (item) => item.run,
    bytes: (item) => item.bytes ?? 1,
    maxItems: options.maxItems ?? 100,
    maxBytes: options.maxBytes ?? 100,
    async send(items) {
      inFlight += 1;
      expect(inFlight).toBe(1);
      batches.push(items.map((item) => item.run));
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
      return items.map(
        (item): Settled<string> =>
          options.fail?.(item)
            ? { ok: false, error: new Error(item.run) }
            : { ok: true, value: `${item.run}!` },
      );
    },
  });
  return {
    batches,
    add: (run: string, bytes?: number) => made.add(bytes === undefined ? { run } : { run, bytes }),
  };
}

describe('appends of a process', () => {
  it('of one tick leave together at its end, one batch in flight', async () => {
    const { batches, add } = batcher();
    const first = [add('a'), add('b')];
    await Promise.resolve();
    const later = [add('c'), add('d')];
    expect(await Promise.all([...first, ...later])).toEqual(['a!', 'b!', 'c!', 'd!']);
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('of one run never share a batch nor overtake each other', async () => {
    const { batches, add } = batcher();
    await Promise.all([add('a'), add('a'), add('b'), add('a')]);
    expect(batches).toEqual([['a', 'b'], ['a'], ['a']]);
  });

  it('are split by number and by size, a large one goes alone', async () => {
    const few = batcher({ maxItems: 2 });
    await Promise.all(['a', 'b', 'c'].map((run) => few.add(run)));
    expect(few.batches).toEqual([['a', 'b'], ['c']]);
    const small = batcher({ maxBytes: 10 });
    await Promise.all([small.add('a', 50), small.add('b', 6), small.add('c', 6), small.add('d', 2)]);
    expect(small.batches).toEqual([['a'], ['b', 'd'], ['c']]);
  });

  it('fail one by one where the store says so, and the next batch still leaves', async () => {
    const { batches, add } = batcher({ fail: (item) => item.run === 'b' });
    const outcomes = await Promise.allSettled([add('a'), add('b'), add('c')]);
    expect(outcomes.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await add('d')).toBe('d!');
    expect(batches.length).toBe(2);
  });

  it('all fail when the request fails', async () => {
    const made = new AppendBatcher<Item, string>({
      key: (item) => item.run,
      bytes: () => 1,
      maxItems: 10,
      maxBytes: 10,
      send: () => Promise.reject(new Error('gone')),
    });
    const outcomes = await Promise.allSettled([made.add({ run: 'a' }), made.add({ run: 'b' })]);
    expect(outcomes.map((one) => one.status)).toEqual(['rejected', 'rejected']);
    await expect(made.add({ run: 'c' })).rejects.toThrow('gone');
  });
});
