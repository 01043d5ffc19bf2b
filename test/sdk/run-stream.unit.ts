import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Run } from '../../sdk/contract/types.ts';
import { sdkError } from '../../sdk/src/errors.ts';
import type { RunStreamEvent } from '../../sdk/src/run-events.ts';
import { RunStream } from '../../sdk/src/run-stream.ts';
import type { SubscriptionSink } from '../../sdk/src/subscription-sink.ts';
import { foldText, type RunEvent } from '../../server/runs/events.ts';
import { numberedAnswer } from './fixture-world.ts';

interface Fault {
  readonly kind: 'duplicate' | 'drop' | 'swap' | 'cut' | 'complete' | 'merge';
  readonly at: number;
}

const at = (id: number) => `1-${id}`;

const run: Run = {
  runId: 'run-1',
  conversationId: 'conv_1',
  agentId: 'agt_closer',
  status: 'running',
  text: '',
  lastEventId: null,
  messageId: null,
  provider: null,
  model: null,
  failure: null,
  reason: null,
  requiredTier: null,
  usage: null,
  createdAt: '2026-11-26T00:00:00.000Z',
  endedAt: null,
};
const unended = { cancel: async () => {}, state: async () => run };

/** A transport that reads a log from the cursor, and spoils each delivery by the faults planned for it. */
function faultyTransport(log: readonly RunEvent[], deliveries: Fault[][]) {
  let openings = 0;
  const cursors: (string | undefined)[] = [];
  const open = (sink: SubscriptionSink) => {
    let generation = 0;
    const deliver = () => {
      openings += 1;
      generation += 1;
      const mine = generation;
      const cursor = sink.cursor?.();
      cursors.push(cursor);
      const events = spoiled(log.slice(Number(cursor?.split('-')[1] ?? 0)), deliveries.shift() ?? []);
      queueMicrotask(() => {
        for (const event of events) {
          if (mine !== generation) return;
          if (event === 'cut') return deliver();
          sink.data(event, at(event.seq));
        }
        if (mine === generation && sink.complete() === 'reopen') deliver();
      });
    };
    deliver();
    return {
      reopen: () => deliver(),
      close: () => {
        generation += 1;
      },
    };
  };
  return { open, cursors, openings: () => openings };
}

function spoiled(events: readonly RunEvent[], faults: readonly Fault[]): (RunEvent | 'cut')[] {
  const list: (RunEvent | 'cut')[] = [...events];
  for (const { kind, at: place } of faults) {
    const index = place % Math.max(1, list.length);
    const here = list[index];
    const next = list[index + 1];
    if (here === undefined) continue;
    if (kind === 'duplicate') list.splice(index + 1, 0, here);
    else if (kind === 'drop') list.splice(index, 1);
    else if (kind === 'cut') list.splice(index, 0, 'cut');
    else if (kind === 'complete') list.length = index;
    else if (next !== undefined && kind === 'swap') [list[index], list[index + 1]] = [next, here];
    else if (isText(here) && isText(next) && next.seq === here.seq + 1)
      list.splice(index, 2, joined(here, next));
  }
  return list;
}

type Text = Extract<RunEvent, { type: 'text.delta' }>;
function isText(event: RunEvent | 'cut' | undefined): event is Text {
  return event !== undefined && event !== 'cut' && event.type === 'text.delta';
}
function joined(left: Text, right: Text): Text {
  return { ...right, fromSeq: left.fromSeq ?? left.seq, text: left.text + right.text };
}

/** Answers with text that is superseded once, so that the fold is more than a sum. */
const logs = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat({ max: 60 })).map(([words, keepChars]) => {
  const answer = numberedAnswer(words);
  const last = answer.pop();
  const superseded: RunEvent = {
    type: 'attempt.superseded',
    seq: words + 1,
    attempt: 1,
    keepBlocks: 0,
    keepChars,
  };
  const again: RunEvent = { type: 'text.delta', seq: words + 2, block: 0, text: 'again' };
  const text = foldText([...answer, superseded, again]);
  if (last?.type !== 'run.completed') throw new Error('the fixture ends with run.completed');
  return [...answer, superseded, again, { ...last, seq: words + 3, text }];
});
const faults = fc.array(
  fc.record({
    kind: fc.constantFrom<Fault['kind']>('duplicate', 'drop', 'swap', 'cut', 'complete', 'merge'),
    at: fc.nat({ max: 200 }),
  }),
  { maxLength: 4 },
);

async function read(stream: RunStream): Promise<RunStreamEvent[]> {
  const events: RunStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** The sequence numbers an event stands for. */
const covers = (event: RunStreamEvent): number[] => {
  const first = event.type === 'text.delta' ? (event.fromSeq ?? event.seq) : event.seq;
  return Array.from({ length: event.seq - first + 1 }, (_, index) => first + index);
};

test('whatever is doubled, lost, swapped, merged or cut: each event once, in order, and the fold is the message', async () => {
  await fc.assert(
    fc.asyncProperty(logs, fc.array(faults, { maxLength: 5 }), async (log, deliveries) => {
      const stream = new RunStream({ ...faultyTransport(log, deliveries), ...unended });
      const events = await read(stream);
      expect(events.flatMap(covers)).toEqual(log.map(({ seq }) => seq));
      const result = await stream.finished;
      expect(result.text).toBe(foldText(log));
      expect(stream.text()).toBe(result.text);
    }),
    { numRuns: 300 },
  );
});

test('a hole is read again from the last event taken, never passed', async () => {
  const log = numberedAnswer(5);
  const transport = faultyTransport(log, [[{ kind: 'drop', at: 2 }]]);
  const events = await read(new RunStream({ ...transport, ...unended }));
  expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(transport.cursors).toEqual([undefined, '1-2']);
});

test('a hole that cannot be filled ends with sdk.stream-broken after six repairs', async () => {
  const log = numberedAnswer(5).filter(({ seq }) => seq !== 3);
  const sinks: SubscriptionSink[] = [];
  let openings = 0;
  const open = (sink: SubscriptionSink) => {
    sinks.push(sink);
    const deliver = () => {
      openings += 1;
      queueMicrotask(() => log.slice(0, 3).forEach((event) => void sink.data(event, at(event.seq))));
    };
    deliver();
    return { reopen: deliver, close: () => {} };
  };
  const stream = new RunStream({ open, ...unended });
  await expect(stream.finished).rejects.toMatchObject({ code: 'sdk.stream-broken' });
  expect(openings).toBe(7);
});

test('log.reset replaces the text, is told to the reader, and numbering goes on after it', async () => {
  const items: [RunStreamEvent, string][] = [
    [{ type: 'text.delta', seq: 1, block: 0, text: 'lost' }, '1-1'],
    [{ type: 'log.reset', seq: 7, text: 'kept ' }, '2-7'],
    [{ type: 'text.delta', seq: 8, block: 0, text: 'on' }, '2-8'],
  ];
  const stream = new RunStream({
    open: (sink) => {
      queueMicrotask(() => items.forEach(([event, id]) => void sink.data(event, id)));
      return { reopen: () => {}, close: () => {} };
    },
    ...unended,
  });
  const seen: string[] = [];
  for await (const event of stream) {
    seen.push(event.type);
    if (seen.length === 3) break;
  }
  expect(seen).toEqual(['text.delta', 'log.reset', 'text.delta']);
  expect(stream.text()).toBe('kept on');
  expect(stream.lastEventId).toBe('2-8');
});

test('a reader that continues after a reload gets only what it has not seen', async () => {
  const log = numberedAnswer(4);
  const transport = faultyTransport(log, []);
  const stream = new RunStream({
    ...transport,
    lastEventId: '1-2',
    text: 'w0001 w0002 ',
    ...unended,
  });
  expect((await read(stream)).map(({ seq }) => seq)).toEqual([3, 4, 5]);
  expect(stream.text()).toBe('w0001 w0002 w0003 w0004 ');
});

test('a reader that continues at the end is told how the run ended, although no event is left', async () => {
  const log = numberedAnswer(4);
  const transport = faultyTransport(log, []);
  const ended: Run = {
    ...{ ...run, status: 'incomplete', text: 'w0001 ', lastEventId: '1-5', messageId: 'msg_1' },
    ...{ reason: 'time_limit', requiredTier: 'repx1' },
  };
  const asked: string[] = [];
  const state = async (runId: string) => {
    asked.push(runId);
    if (asked.length === 1) throw sdkError('sdk.network');
    return ended;
  };
  const parts = { ...transport, ...unended, state, runId: run.runId };
  const stream = new RunStream({ ...parts, lastEventId: '1-5', text: 'w0001 ' });
  expect(await read(stream)).toEqual([]);
  expect(await stream.finished).toEqual({
    ...{ status: 'incomplete', text: 'w0001 ', messageId: 'msg_1', usage: null, failure: null },
    ...{ reason: 'time_limit', requiredTier: 'repx1' },
  });
  expect(stream.text()).toBe('w0001 ');
  expect(asked).toEqual(['run-1', 'run-1']);
});

test('a run that ended beyond the place of the reader is read on, not cut short by its result', async () => {
  const log = numberedAnswer(4);
  const transport = faultyTransport(log, [[{ kind: 'complete', at: 0 }]]);
  const state = async (): Promise<Run> => ({ ...run, status: 'completed', text: 'all', lastEventId: '1-5' });
  const parts = { ...transport, ...unended, state, runId: run.runId };
  const stream = new RunStream({ ...parts, lastEventId: '1-2', text: 'w0001 w0002 ' });
  expect((await read(stream)).map(({ seq }) => seq)).toEqual([3, 4, 5]);
});

test('the end of a stream without a terminal event is a lost connection, never success', async () => {
  const transport = faultyTransport(numberedAnswer(3), [
    [{ kind: 'complete', at: 2 }],
    [{ kind: 'complete', at: 0 }],
  ]);
  const stream = new RunStream({ ...transport, ...unended });
  await expect(stream.finished).resolves.toMatchObject({ status: 'completed' });
  expect(transport.openings()).toBe(3);
});

test('a reader that only awaits `finished` costs no more than the text: unread deltas are joined', async () => {
  const log = numberedAnswer(1_000);
  const stream = new RunStream({ ...faultyTransport(log, []), ...unended });
  await stream.finished;
  const events = await read(stream);
  expect(events.length).toBeLessThan(210);
  expect(events.flatMap(covers)).toHaveLength(1_001);
});

test('a failure below ends the iteration and `finished` with the same error', async () => {
  const error = sdkError('sdk.closed');
  const stream = new RunStream({
    open: (sink) => {
      queueMicrotask(() => sink.failed(error));
      return { reopen: () => {}, close: () => {} };
    },
    ...unended,
  });
  await expect(read(stream)).rejects.toBe(error);
  await expect(stream.finished).rejects.toBe(error);
});

test('an event id that is none is refused before anything is opened', () => {
  const open = vi.fn();
  expect(() => new RunStream({ open, lastEventId: 'nonsense', ...unended })).toThrow(TypeError);
  expect(open).not.toHaveBeenCalled();
});
