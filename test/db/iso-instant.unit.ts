import { expect, test } from 'vitest';
import { isoInstant } from '../../db/iso-instant.ts';

test.each([
  ['2026-01-31 09:30:00.125+00', '2026-01-31T09:30:00.125Z'],
  ['2026-01-31 09:30:00.12+00', '2026-01-31T09:30:00.120Z'],
  ['2026-01-31 09:30:00.1+00', '2026-01-31T09:30:00.100Z'],
  ['2026-01-31 09:30:00+00', '2026-01-31T09:30:00.000Z'],
  ['2026-01-31 11:30:00.125+02', '2026-01-31T09:30:00.125Z'],
  ['2026-01-31 15:00:00.125+05:30', '2026-01-31T09:30:00.125Z'],
])('%s is %s, as Date reads it', (text, iso) => {
  expect(isoInstant(text)).toBe(iso);
  expect(new Date(text).toISOString()).toBe(iso);
});

test('what is no instant is refused', () => {
  expect(() => isoInstant('infinity')).toThrow(RangeError);
});
