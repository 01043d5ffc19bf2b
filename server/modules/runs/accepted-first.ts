import { iteratePushStream, type PushStream } from '../../core/push-stream.ts';
import type { FollowedItem } from '../../runs/service.ts';
import type { RunAccepted } from './runs.contract.ts';

type Accepted = { readonly id: string; readonly data: (typeof RunAccepted)['_output'] };

/** Puts the acceptance of a start before the run's own events, under the id `0-0`. */
export function acceptedFirst(
  started: Omit<Accepted['data'], 'type' | 'seq'>,
  events: PushStream<FollowedItem>,
): PushStream<FollowedItem | Accepted> {
  let first: Accepted | null = { id: '0-0', data: { type: 'run.accepted', seq: 0, ...started } };
  const stream: PushStream<FollowedItem | Accepted> = {
    get done() {
      return first === null && events.done;
    },
    get failure() {
      return events.failure;
    },
    take(maxBytes) {
      if (first === null) return events.take(maxBytes);
      const accepted = first;
      first = null;
      return [accepted, ...events.take(maxBytes)];
    },
    onReady(wake) {
      events.onReady(wake);
      if (first !== null) wake();
    },
    close: () => events.close(),
    [Symbol.asyncIterator]: () => iteratePushStream(stream),
  };
  return stream;
}
