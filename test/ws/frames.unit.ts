import { createRequire } from 'node:module';
import { tracked } from '@trpc/server';
import { expect, test } from 'vitest';
import { dataText } from '../../server/ws/envelope.ts';
import { encodeTextFrames } from '../../server/ws/frames.ts';
import { addressKey } from '../../server/ws/occupancy.ts';
import { Observed, testRouter } from './test-router.ts';

interface Receiver {
  on(event: 'message', listener: (data: Buffer) => void): void;
  write(chunk: Buffer): void;
}
const { Receiver } = createRequire(import.meta.url)('ws') as { Receiver: new (options: object) => Receiver };

test('frames of every header size are read back by an independent receiver', () => {
  const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000].map((size) => 'a'.repeat(size));
  texts.push('Grüße 👋 '.repeat(30), '€'.repeat(42), '👋'.repeat(16_384));
  const received: string[] = [];
  const receiver = new Receiver({ isServer: false, allowSynchronousEvents: true });
  receiver.on('message', (data) => received.push(data.toString()));
  receiver.write(encodeTextFrames(texts));
  for (const text of texts) receiver.write(encodeTextFrames([text]));
  expect(received).toEqual([...texts, ...texts]);
});

test('the hand-written envelope is the JSON the stock adapter sends', () => {
  const router = testRouter(new Observed());
  const head = '{"id":7,';
  expect(JSON.parse(dataText(head, tracked('1-2', { a: '"' }), router))).toEqual({
    id: 7,
    result: { type: 'data', id: '1-2', data: { id: '1-2', data: { a: '"' } } },
  });
  expect(JSON.parse(dataText(head, undefined, router))).toEqual({ id: 7, result: { type: 'data' } });
  expect(JSON.parse(dataText(head, null, router))).toEqual({ id: 7, result: { type: 'data', data: null } });
});

test('addresses are counted by what one subscriber owns', () => {
  expect(addressKey('192.0.2.7')).toBe('192.0.2.7');
  expect(addressKey('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(addressKey('2001:0DB8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(addressKey('2001:db8:1:2::9')).toBe('2001:db8:1:2::/64');
  expect(addressKey('2001:db8::9')).toBe('2001:db8:0:0::/64');
  expect(addressKey('::1')).toBe('0:0:0:0::/64');
});
