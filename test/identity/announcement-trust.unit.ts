import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AnnouncementTrust } from '../../server/modules/identity/announcement-trust.ts';
import { RightsCache, type RightsRow } from '../../server/modules/identity/rights-cache.ts';

/** A cache of rights whose time and whose looks the test moves. */
async function world() {
  let now = 10_000;
  const looks: { sinceMs: number; end: (error?: Error) => void }[] = [];
  const trust = new AnnouncementTrust(() => now);
  trust.follow(
    (sinceMs) =>
      new Promise((resolve, reject) =>
        looks.push({ sinceMs, end: (error) => (error === undefined ? resolve() : reject(error)) }),
      ),
  );
  let reads = 0;
  const row: RightsRow = { credentialId: 'ses_1', userId: 'usr_1', orgId: 'org_1' };
  const rights = new RightsCache<RightsRow>(async (id) => {
    reads += 1;
    return id === 'ses_1' ? row : null;
  }, trust);
  await rights.get('ses_1');
  return {
    ...{ trust, rights, looks, row },
    advance: (ms: number) => {
      now += ms;
    },
    reads: () => reads,
  };
}

test('within a second of a look, rights come from memory without waiting', async () => {
  const { rights, advance, looks, reads } = await world();
  advance(1_000);
  await rights.get('ses_1');
  expect([looks.length, reads()]).toEqual([0, 1]);
});

test('a thousand requests that come without trust share one look and read no row', async () => {
  const { rights, advance, looks, reads, row } = await world();
  advance(1_001);
  const asked = Promise.all(Array.from({ length: 1_000 }, () => rights.get('ses_1')));
  await turn();
  expect(looks).toHaveLength(1);
  looks[0]?.end();
  expect(new Set(await asked)).toEqual(new Set([row]));
  expect([looks.length, reads()]).toEqual([1, 1]);
});

test('a revocation found by the look is in force for those that waited for it', async () => {
  const { rights, advance, looks, reads } = await world();
  advance(1_001);
  const asked = rights.get('ses_1');
  await turn();
  rights.apply({ kind: 'revoked', sessionId: 'ses_1' });
  looks[0]?.end();
  await asked;
  expect(reads(), 'the row is read again').toBe(2);
});

test('a look begun more than a second before a request is not enough for it', async () => {
  const { rights, advance, looks, row } = await world();
  advance(1_001);
  const early = rights.get('ses_1');
  advance(1_500);
  const late = rights.get('ses_1');
  await turn();
  expect(looks, 'one at a time').toHaveLength(1);
  looks[0]?.end();
  expect(await early).toBe(row);
  await turn();
  expect(looks).toHaveLength(2);
  looks[1]?.end();
  expect(await late).toBe(row);
});

test('while announcements cannot be read nobody is served from memory, and the next look serves again', async () => {
  const { rights, advance, looks, row } = await world();
  advance(1_001);
  const refused = rights.get('ses_1');
  await turn();
  looks[0]?.end(new Error('the database is away'));
  await expect(refused).rejects.toThrow('the database is away');
  advance(20_000);
  const served = rights.get('ses_1');
  await turn();
  expect(looks[1]?.sinceMs, 'as far back as nothing was confirmed').toBe(21_001);
  looks[1]?.end();
  expect(await served).toBe(row);
});

test('a process too busy to look in time does not read more: looks of 1.5 s under 100 requests a second', async () => {
  const { rights, advance, looks, reads } = await world();
  advance(1_001);
  const requests: Promise<unknown>[] = [];
  for (let ms = 0; ms < 15_000; ms += 10) {
    requests.push(rights.get('ses_1'));
    advance(10);
    if (ms % 1_500 === 1_490) {
      looks.at(-1)?.end();
      await turn();
    }
  }
  looks.at(-1)?.end();
  await turn();
  looks.at(-1)?.end();
  await Promise.all(requests);
  expect(looks.length).toBeLessThanOrEqual(12);
  expect(reads(), 'of 1,500 requests').toBe(1);
});
