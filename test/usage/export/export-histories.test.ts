import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { withSystemScope } from '../../../db/tx.ts';
import type { Metering, MeterOutcome } from '../../../server/integrations/payments/metering.ts';
import { type Mistake, playHistory } from './history.ts';

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);

test.each(seeds)(
  'history %i: the vendor counted the ledger to the unit, nothing open, nothing doubled',
  async (seed) => {
    const { ledger, ...ending } = await playHistory(seed);
    expect(ending).toEqual({ counted: ledger, parked: 0, pending: 0, isSound: true });
  },
);

const changed =
  (change: (metering: Metering) => Partial<Metering>): Mistake =>
  (deps) => ({ ...deps, metering: { ...deps.metering, ...change(deps.metering) } });

const answeredAs =
  (kind: MeterOutcome['kind'], instead: MeterOutcome): Mistake =>
  (deps) =>
    changed(({ send }) => ({
      send: async (event) => {
        const outcome = await send(event);
        return outcome.kind === kind ? instead : outcome;
      },
    }))(deps, undefined as never);

const mistakes: Record<string, Mistake> = {
  'an identifier of its own for every attempt': changed(({ send }) => ({
    send: (event) => send({ ...event, identifier: randomUUID() }),
  })),
  'an unknown outcome taken for an acceptance': answeredAs('unknown', { kind: 'accepted' }),
  'a comparison that trusts an empty count': changed(() => ({ counted: async () => 0 })),
  'the age of an identifier counted from its last attempt': (deps, world) => ({
    ...deps,
    time: async () => {
      await withSystemScope(world.database, 'write', ({ db }) =>
        db.execute(sql`update usage_exports set first_attempt_at = ${new Date(world.now).toISOString()}::timestamptz
          where state = 'unknown'`),
      );
      return new Date(world.now);
    },
  }),
  'a duplicate taken for a refusal': answeredAs('duplicate', { kind: 'refused', code: 'duplicate' }),
};

describe.each(Object.entries(mistakes))('planted: %s', (_, mistake) => {
  test('turns the histories red', async () => {
    const red = [];
    for (const seed of seeds) {
      const { ledger, counted, parked, pending, isSound } = await playHistory(seed, mistake);
      if (counted !== ledger || parked > 0 || pending > 0 || !isSound) red.push(seed);
      if (red.length > 0) break;
    }
    expect(red).not.toEqual([]);
  });
});
