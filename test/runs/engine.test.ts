import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { FollowedItem } from '../../server/runs/service.ts';
import { type Act, answers, done, opened, says, scripted } from '../ai/scripted-provider.ts';
import { engineSuite } from './engine-suite.ts';
import { collect, person, shown, storedRun, typesOf } from './engine-world.ts';

const words = (count: number, everyMs: number): Act[] =>
  Array.from({ length: count }, (_, index) => [everyMs, says(`w${index} `)]).flat();
const wordsOf = (count: number) => Array.from({ length: count }, (_, index) => `w${index} `).join('');
/** Emoji and marks that are several code units, cut inside of their pairs. */
const unicode = ['Grüße 🦷', '\u{1f9b7}'.slice(0, 1), '\u{1f9b7}'.slice(1), ' e\u0301 — 日本 👩‍⚕', '️\n"q"\\'];

const suite = engineSuite();

describe('a start', () => {
  it('is one run for one client key, also when both come at once', async () => {
    const model = scripted('openai', answers('Hello.'));
    const one = await suite.instanceOf(model);
    const other = await suite.instanceOf(model);
    const clientKey = randomUUID();
    const starts = await Promise.all([
      one.start(suite.robin, { clientKey }),
      other.start(suite.robin, { clientKey }),
      one.start(suite.robin, { clientKey }),
    ]);
    expect(new Set(starts.map((start) => start.runId)).size).toBe(1);
    const [{ runId }] = starts;
    await one.follow(suite.robin, runId);
    expect((await other.start(suite.robin, { clientKey })).runId).toBe(runId);
    expect(model.calls.count).toBe(1);
    await expect(one.start(suite.robin, { clientKey, message: 'Another question' })).rejects.toMatchObject({
      code: 'idempotency.conflict',
    });
  });

  it('in a conversation that is being answered is refused as busy, also when both come at once', async () => {
    const one = await suite.instanceOf(scripted('openai', [opened, says('a'), 5000, done()]));
    const { conversationId, runId } = await one.start(suite.robin);
    const busy = one.start(suite.robin, { conversationId });
    await expect(busy).rejects.toMatchObject({ code: 'run.busy', detail: { runId } });
    await one.cancel(suite.robin, { runId });
    const both = await Promise.allSettled([
      one.start(suite.robin, { conversationId }),
      one.start(suite.robin, { conversationId }),
    ]);
    expect(both.map((start) => start.status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = both.find((start) => start.status === 'rejected');
    const accepted = both.find((start) => start.status === 'fulfilled');
    expect(refused?.reason).toMatchObject({ code: 'run.busy', detail: { runId: accepted?.value.runId } });
  });
});

describe('a viewer', () => {
  it('gets gapless numbers and one end, and the fold is the stored message byte for byte', async () => {
    const one = await suite.instanceOf(
      scripted('openai', [opened, ...unicode.map(says), ...words(5, 30), done()]),
    );
    const { runId } = await one.start(suite.robin);
    const items = await one.follow(suite.robin, runId);
    const { text, end } = shown(items);
    const { answer, row } = await storedRun(suite.database, runId);
    expect(typesOf(items).slice(0, 3)).toEqual(['run.started', 'attempt.started', 'block.started']);
    expect(end.type).toBe('run.completed');
    expect(text).toBe(`${unicode.join('')}${wordsOf(5)}`);
    expect(Buffer.from(answer[0]?.content ?? '')).toEqual(Buffer.from(text));
    expect(end.text).toBe(text);
    expect(row).toMatchObject({ status: 'completed', lastSeq: end.seq, terminal: end });
  });

  it('that resumes from any place, on any process, sees what follows it and nothing else', async () => {
    const one = await suite.instanceOf(scripted('openai', [opened, ...words(12, 15), done()]));
    const other = await suite.instanceOf(scripted('openai', []));
    const { runId } = await one.start(suite.robin);
    const whole = await one.follow(suite.robin, runId);
    for (const [index, { id }] of whole.entries()) {
      const rest = whole.slice(index + 1);
      const resumed = await (index % 2 === 0 ? one : other).follow(suite.robin, runId, id);
      const seq = Number(id.split('-')[1]);
      if (rest.length > 0) expect(shown(resumed, seq).end).toEqual(shown(whole).end);
      expect(deltas(resumed)).toBe(deltas(rest));
    }
  });

  it('that is ahead of this process resumes without a reset', async () => {
    const one = await suite.instanceOf(scripted('openai', [opened, ...words(20, 20), done()]));
    const other = await suite.instanceOf(scripted('openai', []));
    const { runId } = await one.start(suite.robin);
    const behind = other.follow(suite.robin, runId);
    let hops = 0;
    const seen: FollowedItem[] = [];
    while (seen.at(-1)?.data.type !== 'run.completed') {
      const stream = await (hops % 2 === 0 ? one : other).open(suite.robin, runId, seen.at(-1)?.id ?? null);
      hops += 1;
      for await (const item of stream) {
        seen.push(item as FollowedItem);
        if (seen.length % 3 === 0) break;
      }
    }
    expect(shown(seen).text).toBe(wordsOf(20));
    expect(typesOf(seen)).not.toContain('log.reset');
    expect(hops).toBeGreaterThan(3);
    expect(shown(await behind).text).toBe(wordsOf(20));
  });

  it.each(['nonsense', '9-1', '1-999', '-1-1', '1-1-1'])(
    'with the id %j is reset, then told the end',
    async (id) => {
      const one = await suite.instanceOf(scripted('openai', answers('Short.')));
      const { runId } = await one.start(suite.robin);
      const whole = await one.follow(suite.robin, runId);
      const again = await one.follow(suite.robin, runId, id);
      expect(typesOf(again)).toEqual(['log.reset', 'run.completed']);
      expect(shown(again)).toEqual(shown(whole));
    },
  );

  it('sees only runs of their own', async () => {
    const one = await suite.instanceOf(scripted('openai', answers('Mine.')));
    const { runId } = await one.start(suite.robin);
    const colleague = { ...(await person(suite.database)), orgId: suite.robin.orgId };
    for (const stranger of [await person(suite.database), colleague]) {
      await expect(one.open(stranger, runId)).rejects.toMatchObject({ code: 'run.not-found' });
      await expect(one.cancel(stranger, { runId })).rejects.toMatchObject({ code: 'run.not-found' });
    }
  });

  it('that is slow costs a cursor, and gets what it missed as merged deltas', async () => {
    const one = await suite.instanceOf(scripted('openai', [opened, ...words(40, 20), done()]));
    const { runId } = await one.start(suite.robin);
    const slow = await one.open(suite.robin, runId);
    const first = slow.take(1) as FollowedItem[];
    await one.follow(suite.robin, runId);
    const late = await collect(slow);
    expect(shown([...first, ...late]).text).toBe(wordsOf(40));
    expect(typesOf(late).filter((type) => type === 'text.delta')).toHaveLength(1);
    expect(one.engine.stats().following).toBe(0);
  });

  it('that comes to a process that has not read the end yet is told it without a reset', async () => {
    const one = await suite.instanceOf(scripted('openai', [opened, ...words(3, 60), done()]));
    const other = await suite.instanceOf(scripted('openai', []));
    for (let round = 0; round < 6; round += 1) {
      const { runId } = await one.start(suite.robin);
      const behind = other.follow(suite.robin, runId);
      await one.follow(suite.robin, runId);
      const late = await other.follow(suite.robin, runId);
      expect(typesOf(late)).not.toContain('log.reset');
      expect(shown(late)).toEqual(shown(await behind));
    }
  });

  it('in another process sees the same events', async () => {
    const one = await suite.instanceOf(scripted('openai', [opened, ...words(15, 20), done()]));
    const other = await suite.instanceOf(scripted('openai', []));
    const { runId } = await one.start(suite.robin);
    const [here, there] = await Promise.all([
      one.follow(suite.robin, runId),
      other.follow(suite.robin, runId),
    ]);
    expect(shown(there)).toEqual(shown(here));
    expect(other.engine.stats()).toEqual({ producing: 0, following: 0 });
  });
});

function deltas(items: readonly FollowedItem[]): string {
  return items.map(({ data }) => (data.type === 'text.delta' ? data.text : '')).join('');
}
