import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../db/client.ts';
import type { MemberActor } from '../../server/core/actor.ts';
import { createPostgresRunLog } from '../../server/runs/log.postgres.ts';
import { type Act, done, opened, says, scripted } from '../ai/scripted-provider.ts';
import { testDatabase } from '../support/database.ts';
import { type Instance, openInstance, person, shown, until } from './engine-world.ts';

const words = (count: number, everyMs: number): Act[] =>
  Array.from({ length: count }, (_, index) => [everyMs, says(`w${index} `)]).flat();

let database: Database;
let robin: MemberActor;
let producing: Instance;
let following: Instance;

beforeAll(async () => {
  database = await testDatabase();
  robin = await person(database);
  producing = await openInstance({
    database,
    models: [scripted('openai', [opened, ...words(200, 20), done()])],
  });
  following = await openInstance({ database, models: [] });
});
afterAll(() => Promise.all([producing, following].map((one) => one[Symbol.asyncDispose]())));

/** When the items of a stream came (ms), and the items. */
async function timed(stream: Awaited<ReturnType<Instance['open']>>) {
  const items: Awaited<ReturnType<Instance['follow']>> = [];
  const at: number[] = [];
  for await (const item of stream) {
    items.push(item as (typeof items)[number]);
    at.push(performance.now());
  }
  return { items, at };
}

test.each(['this', 'another'])(
  'a viewer who comes late, in %s process, gets what is waiting at once and then the fast schedule',
  async (where) => {
    const log = createPostgresRunLog({ database });
    const { runId } = await producing.start(robin);
    await until(async () => (await log.read(runId, 0)).length > 1);
    const begun = (await log.read(runId, 0)).length;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const unwatched = (await log.read(runId, 0)).length - begun;
    expect(unwatched, 'appends in 1.2 s without a viewer').toBeLessThanOrEqual(3);

    const opening = performance.now();
    const { items, at } = await timed(await (where === 'this' ? producing : following).open(robin, runId));
    const { text } = shown(items);
    expect(text.split(' ')).toHaveLength(201);
    // Words come every 20 ms. The first look shows what is committed; what waited follows in well under a window of 500 ms.
    const deltas = at.filter((_, index) => items[index]?.data.type === 'text.delta');
    expect((deltas[1] ?? Number.POSITIVE_INFINITY) - opening, 'what waited').toBeLessThan(400);
    const gaps = deltas.slice(2).map((time, index) => time - (deltas[index + 1] ?? time));
    const median = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
    expect(median, `gaps between portions, of ${gaps.length}`).toBeLessThan(200);
  },
);
