import type { RunEvent } from '../../../server/runs/events.ts';
import type { LogEntry } from '../../../server/runs/log.ts';

/** A batch of deltas numbered `firstSeq`..`lastSeq`. */
export function batch(epoch: number, firstSeq: number, lastSeq: number, text = 'word '): LogEntry {
  const events = Array.from(
    { length: lastSeq - firstSeq + 1 },
    (_, index): RunEvent => ({ type: 'text.delta', seq: firstSeq + index, block: 0, text }),
  );
  return { epoch, firstSeq, lastSeq, events };
}

/** The end of a run as batch of its own. */
export function terminal(epoch: number, seq: number): LogEntry {
  const end: RunEvent = {
    type: 'run.cancelled',
    seq,
    by: 'user',
    reason: 'asked',
    messageId: null,
    text: '',
  };
  return { epoch, firstSeq: seq, lastSeq: seq, events: [end] };
}
