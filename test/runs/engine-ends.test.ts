import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { bumpRunEpoch, claimRun, renewLeases } from '../../db/queries/runs.ts';
import { runs } from '../../db/schema/runs.ts';
import { usageEntries } from '../../db/schema/usage.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import { type Act, answers, done, fails, opened, says, scripted } from '../ai/scripted-provider.ts';
import { engineSuite } from './engine-suite.ts';
import { openInstance, person, shown, storedRun, until } from './engine-world.ts';

const words = (count: number, everyMs: number): Act[] =>
  Array.from({ length: count }, (_, index) => [everyMs, says(`w${index} `)]).flat();
const wordsOf = (count: number) => Array.from({ length: count }, (_, index) => `w${index} `).join('');
/** Emoji and marks that are several code units, cut inside of their pairs. */
const _unicode = [
  'Grüße 🦷',
  '\u{1f9b7}'.slice(0, 1),
  '\u{1f9b7}'.slice(1),
  ' e\u0301 — 日本 👩‍⚕',
  '️\n"q"\\',
];

const suite = engineSuite();

describe('a cancel', () => {
  it('is final, wherever it comes from and whenever', async () => {
    const one = await suite.instanceOf(scripted('openai', [opened, ...words(12, 12), done()]));
    const other = await suite.instanceOf(scripted('openai', []));
    await Promise.all(
      Array.from({ length: 14 }, async (_, index) => {
        const { runId, conversationId } = await one.start(suite.robin);
        const viewers = Promise.all([one.follow(suite.robin, runId), other.follow(suite.robin, runId)]);
        await sleep(index * 14);
        const asked = await (index % 2 === 0 ? one : other).cancel(suite.robin, { runId });
        const stored = await storedRun(suite.database, runId);
        expect(stored.terminal?.text).toBe(asked.text);
        expect(stored.answer.map((message) => message.content)).toEqual(
          asked.text === '' ? [] : [asked.text],
        );
        expect(stored.answer[0]?.status).toBe(
          asked.text === '' ? undefined : asked.status === 'completed' ? 'complete' : 'partial',
        );
        await sleep(60);
        for (const items of await viewers) {
          const { text, end } = shown(items);
          expect(text).toBe(asked.text);
          expect(end).toEqual(stored.terminal);
        }
        expect(wordsOf(12).startsWith(asked.text)).toBe(true);
        expect((await other.start(suite.robin, { conversationId })).status).toBe('queued');
      }),
    );
  });

  it('of another process stops a silent provider at once, by a hint and not by the next renewal', async () => {
    const model = scripted('openai', [opened, says('Half'), 20_000, done()]);
    await using one = await openInstance({ database: suite.database, models: [model], renews: false });
    const other = await suite.instanceOf(scripted('openai', []));
    const { runId } = await one.start(suite.robin);
    const viewer = one.follow(suite.robin, runId);
    await until(async () => (await one.get(suite.robin, runId)).text === 'Half');
    await other.cancel(suite.robin, { runId });
    await until(() => model.calls.aborted === 1);
    expect(shown(await viewer).end).toMatchObject({ type: 'run.cancelled', text: 'Half' });
  });

  it('that has taken a run before its producer did leaves it nothing to claim', async () => {
    const one = await suite.instanceOf(scripted('openai', answers('Once.')));
    const { runId } = await one.start(suite.robin);
    await one.follow(suite.robin, runId);
    const queued = { status: 'queued', epoch: 0 } as const;
    await withSystemScope(suite.database, 'write', ({ db }) =>
      db.update(runs).set(queued).where(eq(runs.id, runId)),
    );
    const claim = { runId, instanceId: 'late', leaseMs: 1000, limitSeconds: null };
    await withOrgScope(suite.database, suite.robin.orgId, 'write', async (scope) => {
      expect((await bumpRunEpoch(scope, runId))?.epoch).toBe(1);
      expect(await claimRun(scope, claim)).toBeNull();
      await scope.db.update(runs).set({ status: 'cancelled' }).where(eq(runs.id, runId));
    });
  });

  it('by key before its start lets nothing start', async () => {
    const model = scripted('openai', answers('Never.'));
    const one = await suite.instanceOf(model);
    const clientKey = randomUUID();
    expect(await one.cancel(suite.robin, { clientKey })).toEqual({
      runId: null,
      status: 'cancelled',
      text: '',
    });
    const { runId } = await one.start(suite.robin, { clientKey });
    expect(shown(await one.follow(suite.robin, runId)).end).toMatchObject({
      type: 'run.cancelled',
      messageId: null,
    });
    expect((await storedRun(suite.database, runId)).answer).toEqual([]);
    expect(model.calls.count).toBe(0);
  });

  it('by key that races its start leaves no run that goes on', async () => {
    const one = await suite.instanceOf(scripted('openai', [opened, 200, says('late'), done()]));
    const other = await suite.instanceOf(scripted('openai', []));
    for (let round = 0; round < 12; round += 1) {
      const clientKey = randomUUID();
      const starting = one.start(suite.robin, { clientKey });
      await sleep(round % 6);
      const [{ runId }] = await Promise.all([starting, other.cancel(suite.robin, { clientKey })]);
      const { row } = await until(async () => {
        const stored = await storedRun(suite.database, runId);
        return stored.terminal !== null && stored;
      });
      expect(row.status).toBe('cancelled');
    }
  });
});

describe('a run', () => {
  it('records what each attempt used, however it ended', async () => {
    const one = await suite.instanceOf(
      scripted('openai', [fails('overloaded')], answers('x'), [opened, says('part'), fails('server')]),
      scripted('anthropic', answers('From the other.'), [opened, says('long '), 5000, done()]),
    );
    const fallen = await one.start(suite.robin);
    const items = await one.follow(suite.robin, fallen.runId);
    expect(shown(items).text).toBe('From the other.');
    const { usage, row } = await storedRun(suite.database, fallen.runId);
    expect(usage.map(({ provider, attempt }) => [attempt, provider])).toEqual([
      [1, 'openai'],
      [2, 'anthropic'],
    ]);
    expect(usage[1]).toMatchObject({ source: 'reported', outputTokens: 3 });
    expect(row.provider).toBe('anthropic');
  });

  it('whose provider fails after text ends as failed with the partial answer kept', async () => {
    const one = await suite.instanceOf(
      scripted('openai', [opened, says('So far'), 80, fails('server')]),
      scripted('anthropic', answers('never')),
    );
    const { runId } = await one.start(suite.robin);
    const { text, end } = shown(await one.follow(suite.robin, runId));
    expect(end).toMatchObject({ type: 'run.failed', code: 'run.provider-failed', text: 'So far' });
    expect(text).toBe('So far');
    const { answer, usage } = await storedRun(suite.database, runId);
    expect(answer).toMatchObject([{ content: 'So far', status: 'partial' }]);
    expect(usage).toMatchObject([{ attempt: 1, source: 'estimated' }]);
  });

  it('that is cancelled or whose process died is metered too', async () => {
    const dying = await openInstance({
      database: suite.database,
      models: [
        scripted('openai', [fails('overloaded')]),
        scripted('anthropic', [opened, says('Half of'), 60_000]),
      ],
    });
    const one = await suite.instanceOf(scripted('openai', []));
    const died = await dying.start(suite.robin);
    const cancelled = await dying.start(suite.robin);
    for (const { runId } of [died, cancelled])
      await until(async () => (await one.get(suite.robin, runId)).text === 'Half of');
    await one.cancel(suite.robin, { runId: cancelled.runId });
    // As after kill -9: nobody renews, nobody writes.
    dying.engine.close();
    await withSystemScope(suite.database, 'write', ({ db }) =>
      db.update(runs).set({ leaseUntil: sql`now() - interval '1 s'` }).where(eq(runs.id, died.runId)),
    );
    const viewer = one.follow(suite.robin, died.runId);
    await one.engine.reap();
    expect(shown(await viewer).end).toMatchObject({
      type: 'run.incomplete',
      reason: 'interrupted',
      text: 'Half of',
    });
    for (const { runId } of [died, cancelled]) {
      const { usage, answer } = await storedRun(suite.database, runId);
      expect(usage.map(({ attempt, provider }) => [attempt, provider])).toEqual([
        [1, 'openai'],
        [2, 'anthropic'],
      ]);
      expect(usage[1]?.outputTokens).toBeGreaterThan(0);
      expect(answer).toMatchObject([{ content: 'Half of', status: 'partial' }]);
    }
    await dying[Symbol.asyncDispose]();
  });

  it('ends at the limit of its tier, and the session is over', async () => {
    const free = await person(suite.database, 'repx0');
    const one = await suite.instanceOf(
      scripted('openai', answers('Quick.'), [opened, says('Slow'), 20_000, done()]),
    );
    const first = await one.start(free);
    await one.follow(free, first.runId);
    await withSystemScope(suite.database, 'write', ({ db }) =>
      db
        .update(usageEntries)
        .set({ quantity: 28_900 })
        .where(and(eq(usageEntries.sourceId, first.runId), eq(usageEntries.meter, 'agentMilliseconds'))),
    );
    const { conversationId } = first;
    const { runId } = await one.start(free, { conversationId });
    const { end } = shown(await one.follow(free, runId));
    expect(end).toMatchObject({
      type: 'run.incomplete',
      reason: 'time_limit',
      text: 'Slow',
      requiredTier: 'repx1',
    });
    expect((await storedRun(suite.database, runId)).answer).toMatchObject([
      { content: 'Slow', status: 'partial' },
    ]);
    await expect(one.start(free, { conversationId })).rejects.toMatchObject({ code: 'session.expired' });
  });

  it('whose owner does not end it at the limit of its tier is not renewed, and the sweep ends it for the limit', async () => {
    const free = await person(suite.database, 'repx0');
    const model = scripted('openai', [opened, says('Slow'), 60_000]);
    await using one = await openInstance({ database: suite.database, models: [model], renews: false });
    const other = await suite.instanceOf(scripted('openai', []));
    const { runId } = await one.start(free);
    await until(async () => (await one.get(free, runId)).text === 'Slow');
    const { row } = await storedRun(suite.database, runId);
    await withSystemScope(suite.database, 'write', async (scope) => {
      const past = { deadlineAt: sql`now() - interval '3 s'`, leaseUntil: sql`now() - interval '1 s'` };
      await scope.db.update(runs).set(past).where(eq(runs.id, runId));
      const claims = [{ runId, epoch: row.epoch }];
      const renewal = { instanceId: row.instanceId ?? '', claims, leaseMs: 60_000 };
      expect(await renewLeases(scope, renewal)).toEqual([]);
    });
    await other.engine.reap();
    const terminal = await until(async () => (await storedRun(suite.database, runId)).terminal ?? false);
    expect(terminal).toMatchObject({
      ...{ type: 'run.incomplete', reason: 'time_limit', text: 'Slow' },
      ...{ limitSeconds: row.limitSeconds, requiredTier: 'repx1' },
    });
    expect(await other.get(free, runId)).toMatchObject({ reason: 'time_limit', requiredTier: 'repx1' });
  });
});
