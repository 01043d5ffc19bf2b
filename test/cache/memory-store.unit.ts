import { describe, expect, it } from 'vitest';
import { createLayeredStore } from '../../server/integrations/cache/layered.ts';
import { createMemoryStore } from '../../server/integrations/cache/memory.ts';

describe('the memory store', () => {
  it('forgets at the expiry', async () => {
    const time = { now: 0 };
    const store = createMemoryStore({ clock: { now: () => time.now } });
    await store.set('a', '1', 100);
    time.now = 99;
    expect(await store.getMany(['a', 'b'])).toEqual(['1', null]);
    time.now = 100;
    expect(await store.getMany(['a'])).toEqual([null]);
  });

  it('is bounded by entries and by bytes, and takes nothing huge', async () => {
    const store = createMemoryStore({ maxEntries: 100, maxBytes: 64 * 1024 });
    for (let n = 0; n < 500; n += 1) await store.set(`k${n}`, 'x'.repeat(100), 1_000);
    const kept = (await store.getMany(Array.from({ length: 500 }, (_, n) => `k${n}`))).filter(
      (value) => value !== null,
    );
    expect(kept.length).toBe(100);
    for (let n = 0; n < 100; n += 1) await store.set(`big${n}`, 'x'.repeat(1_500), 1_000);
    const big = (await store.getMany(Array.from({ length: 100 }, (_, n) => `big${n}`))).filter(
      (value) => value !== null,
    );
    expect(big.length).toBeGreaterThan(10);
    expect(big.length).toBeLessThanOrEqual(21);
    await store.set('huge', 'x'.repeat(10_000), 1_000);
    expect(await store.getMany(['huge'])).toEqual([null]);
  });
});

describe('the layered store', () => {
  it('reads near first, and lets go of what another process deleted within a second', async () => {
    const time = { now: 0 };
    const clock = { now: () => time.now };
    const far = createMemoryStore({ clock });
    const one = createLayeredStore({ near: createMemoryStore({ clock }), far });
    const other = createLayeredStore({ near: createMemoryStore({ clock }), far });
    await one.set('k', 'v', 60_000);
    expect(await other.getMany(['k', 'x'])).toEqual(['v', null]);
    await one.delete(['k']);
    expect(await one.getMany(['k'])).toEqual([null]);
    time.now = 1_000;
    expect(await other.getMany(['k'])).toEqual([null]);
  });
});
