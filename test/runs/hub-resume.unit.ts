import { afterEach, expect, it } from 'vitest';
import { newId } from '../../server/core/ids.ts';
import { silentLogger } from '../../server/core/observe.ts';
import type { RunEvent, TerminalEvent } from '../../server/runs/events.ts';
import { RunHub } from '../../server/runs/hub.ts';
import { createMemoryRunLog } from '../../server/runs/log.memory.ts';
import type { FollowedItem } from '../../server/runs/service.ts';

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
});

/** A run whose producer wrote w1 w2 w3 under epoch 1; the log lost w3, and another process ended it as number 3 under epoch 2. */
async function ended({ isLogGone }: { isLogGone: boolean }) {
  const runId = newId('run');
  const log = createMemoryRunLog();
  if (!isLogGone) {
    await log.takeover(runId, 1, { create: true });
    await log.append(runId, { epoch: 1, firstSeq: 1, lastSeq: 2, events: [text(1), text(2)] });
    await log.takeover(runId, 2, { create: false });
    await log.append(runId, { epoch: 2, firstSeq: 3, lastSeq: 3, events: [end] });
  }
  const hub = new RunHub({
    logs: { primary: log, fallback: null, of: () => log },
    logger: silentLogger,
    isLocal: () => false,
    locate: async () => new Map(),
    audience: { enter() {}, leave() {}, isWatchedElsewhere: () => false },
    signals: { publish() {}, subscribe: () => () => {}, announce() {}, onAnnounced: () => () => {} },
  });
  hubs.push(hub);
  const run = {
    orgId: newId('organisation'),
    runId,
    epoch: 2,
    terminal: end,
    logKind: 'memory',
    checkpoint: null,
  };
  return async (lastEventId: string) => {
    const items: FollowedItem[] = [];
    for await (const item of await hub.follow(run, lastEventId)) items.push(item);
    return items.map(({ id, data }) => [id, data.type, 'text' in data ? data.text : null]);
  };
}

it.each([false, true])(
  'a viewer who saw an event that was lost, and whose number the end has now, is told of both (log gone: %s)',
  async (isLogGone) => {
    const follow = await ended({ isLogGone });
    expect(await follow('1-3')).toEqual([
      [expect.any(String), 'log.reset', 'w1 w2 '],
      ['2-3', 'run.incomplete', 'w1 w2 '],
    ]);
    expect(await follow('2-3'), 'who has the end gets nothing twice').toEqual([]);
  },
);

it('a viewer who saw less goes on to the end without a reset', async () => {
  const follow = await ended({ isLogGone: false });
  expect((await follow('1-2')).map(([, type]) => type)).toEqual(['run.incomplete']);
});
