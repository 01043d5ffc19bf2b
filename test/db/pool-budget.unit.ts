import { expect, test } from 'vitest';
import { poolBudget } from '../../db/pool-budget.ts';

test('the pools of all instances together leave a fifth of the server to others', () => {
  for (const maxConnections of [100, 200, 500, 1000]) {
    for (let instances = 1; instances <= 20; instances += 1) {
      const { main, slow, direct } = poolBudget({ maxConnections, instances });
      expect((main + slow + direct) * instances).toBeLessThanOrEqual(0.8 * maxConnections);
      expect(Math.min(main, slow, direct)).toBeGreaterThanOrEqual(1);
    }
  }
});

test('one process on a default server gets the pool the measurements call enough', () => {
  expect(poolBudget({ maxConnections: 100, instances: 1 })).toEqual({ main: 20, slow: 5, direct: 2 });
});

test('a server too small for the fleet is refused, naming what is needed', () => {
  expect(() => poolBudget({ maxConnections: 60, instances: 20 })).toThrow('at least 100 are needed');
});
