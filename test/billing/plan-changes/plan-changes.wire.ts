import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { type Desk, emulatedDesk } from './desk.ts';
import { histories } from './histories.ts';
import { playHistory } from './play.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await emulatedDesk(testDatabase());
});
afterAll(() => desk[Symbol.asyncDispose]());

test('at least 60 histories are told, each by a name of its own', () => {
  expect(new Set(histories.map(({ name }) => name)).size).toBe(histories.length);
  expect(histories.length).toBeGreaterThanOrEqual(60);
});

// All of them by `npm run sim:plans`; here one a kind.
const chosen = [
  'a year to months of more leaves a credit',
  'up, declined, then further up with another card',
  'a fifth off for ever stays on a step down',
  'down within a trial begins with the first paid period',
  'units bought around a step up',
];

test.each(chosen)('two years to the cent: %s', async (name) => {
  const history = histories.find((one) => one.name === name);
  if (history === undefined) throw new Error('no such history');
  expect(await playHistory(desk, history)).toBeGreaterThan(12);
});
