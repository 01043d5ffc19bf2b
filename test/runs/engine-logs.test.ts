import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../db/client.ts';
import { runs } from '../../db/schema/runs.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { MemberActor } from '../../server/core/actor.ts';
import type { RunLog } from '../../server/runs/log.ts';
import { type Act, done, opened, says, scripted } from '../ai/scripted-provider.ts';
import { testDatabase } from '../support/database.ts';
import { type Instance, openInstance, person, shown, storedRun, typesOf, until } from './engine-world.ts';
import { type FaultyLog, faultyLog } from './faulty-log.ts';

const words = (count: number, everyMs: number): Act[] =>
  Array.from({ length: count }, (_, index) => [everyMs, says(`w${index} `)]).flat();
const wordsOf = (count: number) => Array.from({ length: count }, (_, index) => `w${index} `).join('');

const open: Instance[] = [];
let database: Database;
let robin: MemberActor;

/** Two processes of one deployment on one log, with Postgres to fall back to. */
async function pair(log: FaultyLog, script: readonly Act[], renews = true): Promise<[Instance, Instance]> {
  const options = {
    ...{ database, renews },
    models: [scripted('openai', script)],
    logs: (postgres: Parameters<NonNullable<Parameters<typeof openInstance>[0]['logs']>>[0]) => ({
      primary: log,
      fallback: postgres,
    }),
  };
  const both: [Instance, Instance] = [await openInstance(options), await openInstance(options)];
  open.push(...both);
  return both;
}

async function speaking(instance: Instance, runId: string): Promise<void> {
  await until(async () => (await instance.get(robin, runId)).text.includes('w3'));
}

beforeAll(async () => {
  database = await testDatabase();
  robin = await person(database);
});
afterAll(async () => {
  await Promise.all(open.map((one) => one[Symbol.asyncDispose]()));
});

describe.concurrent('a run', () => {
  it('whose log falls silent goes on in Postgres; viewers everywhere miss nothing and see nothing twice', async () => {
    const log = faultyLog();
    const [one, other] = await pair(log, [opened, ...words(40, 70), done()]);
    const { runId } = await one.start(robin);
    await speaking(one, runId);
    const viewers = Promise.all([one.follow(robin, runId), other.follow(robin, runId)]);
    await until(() => other.engine.stats().following === 1);
    await sleep(200); // its first read is on the way: a log that is silent then is another case
    log.silence();
    for (const items of await viewers) {
      expect(typesOf(items)).not.toContain('log.reset');
      expect(shown(items)).toMatchObject({ text: wordsOf(40), end: { type: 'run.completed' } });
    }
    const { row, answer } = await storedRun(database, runId);
    expect(row).toMatchObject({ status: 'completed', logKind: 'postgres' });
    expect(answer[0]?.content).toBe(wordsOf(40));
    expect(shown(await other.follow(robin, runId)).text).toBe(wordsOf(40));
  });

  it('whose log is silent from the start is answered through Postgres', async () => {
    const log = faultyLog(50);
    log.silence();
    const [one, other] = await pair(log, [opened, ...words(5, 10), done()]);
    const { runId } = await one.start(robin);
    await until(async () => (await storedRun(database, runId)).row.logKind === 'postgres');
    const viewers = await Promise.all([one.follow(robin, runId), other.follow(robin, runId)]);
    for (const items of viewers) expect(shown(items).text).toBe(wordsOf(5));
  });

  it('whose log lost what it held is written again, and nobody is reset', async () => {
    const log = faultyLog();
    const [one, other] = await pair(log, [opened, ...words(40, 70), done()]);
    const { runId } = await one.start(robin);
    await speaking(one, runId);
    const viewers = Promise.all([one.follow(robin, runId), other.follow(robin, runId)]);
    await until(() => other.engine.stats().following === 1);
    await sleep(200); // its first read is on the way: a log that is silent then is another case
    log.forget();
    for (const items of await viewers) {
      expect(typesOf(items)).not.toContain('log.reset');
      expect(shown(items).text).toBe(wordsOf(40));
    }
    const entries = await log.read(runId, 0);
    expect(entries.flatMap((entry) => entry.events.map((event) => event.seq))).toEqual(
      entries.flatMap((entry) => entry.events).map((_, index) => index + 1),
    );
    expect(shown(await other.follow(robin, runId))).toEqual(shown(await one.follow(robin, runId)));
  });

  it('whose log loses its content again and again while it is written still ends exact', async () => {
    const log = faultyLog();
    const [one, other] = await pair(log, [opened, ...words(50, 60), done()]);
    const { runId } = await one.start(robin);
    const viewer = other.follow(robin, runId);
    const forgetting = setInterval(() => log.forget(), 330);
    const { text, end } = shown(await one.follow(robin, runId));
    clearInterval(forgetting);
    expect(end).toMatchObject({ type: 'run.completed', text: wordsOf(50) });
    expect(text).toBe(wordsOf(50));
    expect(shown(await viewer).text).toBe(wordsOf(50));
  });

  it('can be cancelled while its log is silent, and ends typed for all viewers', async () => {
    const log = faultyLog(100);
    const [one, other] = await pair(log, [opened, ...words(80, 60), done()]);
    const { runId } = await one.start(robin);
    await speaking(one, runId);
    const viewers = Promise.all([one.follow(robin, runId), other.follow(robin, runId)]);
    await until(
      async () => (await storedRun(database, runId)).row.checkpoint?.text.startsWith('w0 w1') === true,
    );
    log.silence();
    const { text, status } = await other.cancel(robin, { runId });
    expect(status).toBe('cancelled');
    expect(text).toMatch(/^w0 w1/);
    for (const items of await viewers) expect(shown(items)).toMatchObject({ text, end: { text } });
    expect((await storedRun(database, runId)).answer).toMatchObject([{ content: text, status: 'partial' }]);
  });

  it('whose producer and log die together ends with the checkpoint, declared by a reset', async () => {
    const log = faultyLog();
    const [dying, one] = await pair(log, [opened, ...words(80, 60), done()]);
    const { runId } = await dying.start(robin);
    const viewer = one.follow(robin, runId);
    const { text } = await until(async () => (await storedRun(database, runId)).row.checkpoint ?? false);
    dying.engine.close();
    log.forget();
    await withSystemScope(database, 'write', ({ db }) =>
      db
        .update(runs)
        .set({ epoch: sql`epoch + 1`, leaseUntil: sql`now() - interval '1 s'` })
        .where(eq(runs.id, runId)),
    );
    await one.engine.reap();
    const end = { type: 'run.incomplete', reason: 'interrupted', text };
    expect(shown(await viewer)).toMatchObject({ text, end });
    expect(shown(await one.follow(robin, runId))).toMatchObject({ text, end });
    expect((await storedRun(database, runId)).answer).toMatchObject([{ content: text }]);
  });

  it('whose log loses what it held right before the end is whole again before it ends', async () => {
    const log = faultyLog();
    let isWhole = true;
    const append: RunLog['append'] = async (runId, entry) => {
      const outcome = await log.append(runId, entry);
      if (isWhole && typesOf(entry.events.map((data) => ({ data }))).includes('attempt.ended')) log.forget();
      isWhole &&= (await log.tail(runId)).exists;
      return outcome;
    };
    const [one, other] = await pair({ ...log, append }, [opened, ...words(4, 0), done()], false);
    const { runId } = await one.start(robin);
    const { end } = shown(await one.follow(robin, runId));
    expect(isWhole).toBe(false);
    expect(typesOf(await other.follow(robin, runId))).not.toContain('log.reset');
    const events = (await log.read(runId, 0)).flatMap((entry) => entry.events);
    expect(events.at(-1)).toEqual(end);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  it('that is too long to be kept in memory ends with all that was committed when its log is lost', async () => {
    const log = faultyLog();
    const long = 'word '.repeat(220_000);
    const [one, other] = await pair(log, [opened, says('w3 '), 50, says(long), 60_000]);
    const { runId } = await one.start(robin);
    const viewer = other.follow(robin, runId);
    const isWhole = async () => (await storedRun(database, runId)).row.checkpoint?.text === `w3 ${long}`;
    await until(isWhole, 10_000);
    log.forget();
    const { text, end } = shown(await viewer);
    expect(end).toMatchObject({ type: 'run.incomplete', reason: 'interrupted' });
    expect(text === `w3 ${long}` && end.text === text).toBe(true);
  });
});
