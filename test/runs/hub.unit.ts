import { expect, it } from 'vitest';
import { newId } from '../../server/core/ids.ts';
import { silentLogger } from '../../server/core/observe.ts';
import type { RunEvent } from '../../server/runs/events.ts';
import { RunHub } from '../../server/runs/hub.ts';
import { createMemoryRunLog } from '../../server/runs/log.memory.ts';

it('text reaches other processes only where they follow the run; its end reaches all', () => {
  const runId = newId('run');
  const log = createMemoryRunLog();
  const told: string[] = [];
  let isWatchedElsewhere = false;
  const hub = new RunHub({
    logs: { primary: log, fallback: null, of: () => log },
    logger: silentLogger,
    isLocal: () => true,
    locate: async () => new Map(),
    audience: { enter() {}, leave() {}, isWatchedElsewhere: () => isWatchedElsewhere },
    signals: {
      publish: (_runId, reach = 'everywhere') => void told.push(reach),
      subscribe: () => () => {},
    },
  });
  const commit = (event: RunEvent) =>
    hub.publish(runId, { epoch: 1, firstSeq: event.seq, lastSeq: event.seq, events: [event] });
  commit({ type: 'text.delta', seq: 1, block: 0, text: 'a' });
  isWatchedElsewhere = true;
  commit({ type: 'text.delta', seq: 2, block: 0, text: 'b' });
  isWatchedElsewhere = false;
  commit({ type: 'run.cancelled', seq: 3, by: 'me', reason: 'asked', messageId: null, text: 'ab' });
  expect(told).toEqual(['here', 'everywhere', 'everywhere']);
  hub.close();
});
