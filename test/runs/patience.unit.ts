import { describe, expect, test } from 'vitest';
import { PoolTimeout } from '../../db/client.ts';
import { patiently } from '../../server/runs/patience.ts';

describe('a transaction of a run', () => {
  test('is repeated while the pool is full, so that a busy moment does not end an answer', async () => {
    let tries = 0;
    const result = await patiently(async () => {
      tries += 1;
      if (tries < 4) throw new PoolTimeout();
      return 'done';
    });
    expect([result, tries]).toEqual(['done', 4]);
  });

  test('fails at once for an error that will not pass', async () => {
    let tries = 0;
    const failing = patiently(async () => {
      tries += 1;
      throw new Error('a defect');
    });
    await expect(failing).rejects.toThrow('a defect');
    expect(tries).toBe(1);
  });
});
