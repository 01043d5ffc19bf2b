import { expect, it } from 'vitest';
import { fuzzStreams } from './fuzz.ts';

it('reads 2,000 damaged streams without a crash, a hang, or a count that is none', async () => {
  const report = await fuzzStreams(1, 2_000);
  expect(report.findings).toEqual([]);
  // Both ends must be reached, or the damage is too much or too little to say anything.
  expect(report.whole).toBeGreaterThan(300);
  expect(report.failed).toBeGreaterThan(300);
}, 60_000);
