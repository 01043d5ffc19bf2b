import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sseParser } from '../../sdk/src/sse-parser.ts';

const stream =
  'event: connected\ndata: {}\n\n\n: ping\ndata: a\ndata: b\nid: 1-1\n\n\nid: 1-2\r\ndata:c\r\n\r\ndata: é😀\rid: 1-3\r\r\n';
const expected = [
  { type: 'connected', data: '{}', lastEventId: '' },
  { type: 'message', data: 'a\nb', lastEventId: '1-1' },
  { type: 'message', data: 'c', lastEventId: '1-2' },
  { type: 'message', data: 'é😀', lastEventId: '1-3' },
];

test('events come out the same wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 12 }), (cuts) => {
      const parser = sseParser();
      const places = [0, ...cuts.sort((left, right) => left - right), stream.length];
      const events = places.slice(1).flatMap((end, index) => parser.feed(stream.slice(places[index], end)));
      expect(events).toEqual(expected);
    }),
  );
});
