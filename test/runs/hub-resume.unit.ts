import { afterEach, expect, it, vi } from 'vitest';
import { newId } from '../../server/core/ids.ts';
import { silentLogger } from '../../server/core/observe.ts';
import type { RunEvent, TerminalEvent } from '../../server/runs/events.ts';
import { RunHub } from '../../server/runs/hub.ts';
import { createMemoryRunLog } from '../../server/runs/log.memory.ts';
import type { RunLog } from '../../server/runs/log.ts';
import { pollPolicy, type RunPlace } from '../../server/runs/poller.ts';
import type { FollowedItem, FollowedRun } from '../../server/runs/service.ts';

const text = (seq: number): RunEvent => ({ type: 'text.delta', seq, block: 0, text: `w${seq} ` });
const end: TerminalEvent = {
  type: 'run.incomplete',
  seq: 3,
  reason: 'interrupted',
  messageId: null,
  text: 'w1 w2 ',
};

const hubs: RunHub[] = [];
afterEach(() => {
  for (const hub of hubs.splice(0)) hub.close();
  vi.useRealTimers();
});

/** A process that reads `log`; where a silent run is now it learns from `places`. */
function hubOver(log: RunLog, places: ReadonlyMap<string, RunPlace> = new Map()): RunHub {
  const hub = new RunHub({
    logs: { primary: log, fallback: null, of: () => log },
    logger: silentLogger,
    isLocal: () => false,
    locate: async () => places,
    audience: { enter() {}, leave() {}, isWatchedElsewhere: () => false },
    signals: { publish() {}, subscribe: () => () => {} },
  });
  hubs.push(hub);
  return hub;
}

async function collect(hub: RunHub, run: FollowedRun, lastEventId: string | null) {
  const items: FollowedItem[] = [];
  for await (const item of await hub.follow(run, lastEventId)) items.push(item);
  return items.map(({ id, data }) => [id, data.type, 'text' in data ? data.text : null]);
}

/** A run whose producer wrote `written` under epoch 1, and that another process ended as number 3 under epoch 2. */
async function world(written: readonly RunEvent[], { isSealed = false } = {}) {
  const runId = newId('run');
  const log = createMemoryRunLog();
  if (written.length > 0) {
    await log.takeover(runId, 1, { create: true });
    await log.append(runId, { epoch: 1, firstSeq: 1, lastSeq: written.length, events: written });
  }
  if (isSealed) {
    await log.takeover(runId, 2, { create: false });
    await log.append(runId, { epoch: 2, firstSeq: 3, lastSeq: 3, events: [end] });
  }
  const live: FollowedRun = {
    orgId: newId('organisation'),
    runId,
    epoch: 1,
    terminal: null,
    logKind: 'memory',
    checkpoint: null,
  };
  return { log, live, ended: { ...live, epoch: 2, terminal: end } };
}

it.each([false, true])(
  'a viewer who saw an event that was lost, and whose number the end has now, is told of both (log gone: %s)',
  async (isLogGone) => {
    const { log, ended } = await world(isLogGone ? [] : [text(1), text(2)], { isSealed: !isLogGone });
    const hub = hubOver(log);
    expect(await collect(hub, ended, '1-3')).toEqual([
      [expect.any(String), 'log.reset', 'w1 w2 '],
      ['2-3', 'run.incomplete', 'w1 w2 '],
    ]);
    expect(await collect(hub, ended, '2-3'), 'who has the end gets nothing twice').toEqual([]);
  },
);

it('a viewer who saw less goes on to the end without a reset', async () => {
  const { log, ended } = await world([text(1), text(2)], { isSealed: true });
  expect((await collect(hubOver(log), ended, '1-2')).map(([, type]) => type)).toEqual(['run.incomplete']);
});

it.each([
  ['lacks the end', [text(1), text(2)]],
  ['lost all', []],
  ['lost an event that was seen', [text(1), text(2), text(3)]],
])('the end of a run whose log %s reaches a resuming viewer once, in any process', async (_log, written) => {
  vi.useFakeTimers();
  const { log, live, ended } = await world(written);
  const places = new Map([[live.runId, { log, epoch: ended.epoch, terminal: end }]]);
  const viewing = collect(hubOver(log, places), live, null);
  await vi.advanceTimersByTimeAsync(2 * pollPolicy.relocateMs);
  const last = (await viewing).at(-1);
  expect(last).toEqual(['2-3', 'run.incomplete', 'w1 w2 ']);
  vi.useRealTimers();
  expect(await collect(hubOver(log), ended, String(last?.[0]))).toEqual([]);
});

it('the end that an entry brings for a number already seen has the id of that entry', async () => {
  const { log, live, ended } = await world([text(1), text(2), text(3)]);
  const hub = hubOver(log);
  const viewing = collect(hub, live, '1-3');
  await vi.waitFor(() => expect(hub.size).toBe(1));
  hub.publish(live.runId, { epoch: 2, firstSeq: 3, lastSeq: 3, events: [end] });
  expect(await viewing).toEqual([
    ['2-2', 'log.reset', 'w1 w2 '],
    ['2-3', 'run.incomplete', 'w1 w2 '],
  ]);
  expect(await collect(hubOver(log), ended, '2-3')).toEqual([]);
});

it.each([
  ['saw more', '1-3', true],
  ['saw less', '1-1', true],
  ['saw nothing', null, true],
  ['saw just that', '1-2', false],
])('a live run whose log is gone goes on from its checkpoint; a viewer who %s', async (_who, id, isReset) => {
  const { log, live } = await world([]);
  const run = { ...live, checkpoint: { seq: 2, text: 'w1 w2 ' } };
  const hub = hubOver(log);
  const viewing = collect(hub, run, id);
  await vi.waitFor(() => expect(hub.size).toBe(1));
  // Its producer writes it again under the next epoch, and ends it.
  await log.takeover(live.runId, 2, { create: true });
  const events = [text(1), text(2), text(3), { ...end, seq: 4, text: 'w1 w2 w3 ' }];
  await log.append(live.runId, { epoch: 2, firstSeq: 1, lastSeq: 4, events });
  expect(await viewing).toEqual([
    ...(isReset ? [['1-2', 'log.reset', 'w1 w2 ']] : []),
    ['2-3', 'text.delta', 'w3 '],
    ['2-4', 'run.incomplete', 'w1 w2 w3 '],
  ]);
});

it('keeps 2 MiB of a run: who watches misses nothing, who comes later begins with the text', async () => {
  const { log, live } = await world([]);
  const hub = hubOver(log);
  const watching = (await hub.follow(live, null))[Symbol.asyncIterator]();
  const page = 'x'.repeat(300 * 1024);
  const said: string[] = [];
  for (let seq = 1; seq <= 8; seq += 1) {
    const event = { ...text(seq), text: `${seq}${page}` } as RunEvent;
    hub.publish(live.runId, { epoch: 1, firstSeq: seq, lastSeq: seq, events: [event] });
    const { data } = (await watching.next()).value as FollowedItem;
    expect(data).toMatchObject({ type: 'text.delta', seq });
    said.push(`${seq}${page}`);
  }
  const late = (await hub.follow(live, null))[Symbol.asyncIterator]();
  const reset = ((await late.next()).value as FollowedItem).data;
  expect(reset.type).toBe('log.reset');
  expect(reset.seq).toBeGreaterThan(4);
  let shown = 'text' in reset ? reset.text : '';
  while (shown.length < said.join('').length) {
    const { data } = (await late.next()).value as FollowedItem;
    if (data.type === 'text.delta') shown += data.text;
  }
  expect(shown === said.join('')).toBe(true);
  await Promise.all([watching.return?.(), late.return?.()]);
});
