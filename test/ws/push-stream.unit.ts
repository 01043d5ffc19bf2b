import { expect, test } from 'vitest';
import { pullStream } from '../../server/core/pulled-stream.ts';
import { PushQueue, SlowReader } from '../../server/core/push-queue.ts';
import { isPushStream, mapPushStream, type PushStream } from '../../server/core/push-stream.ts';

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

test('a queue wakes its reader once per drain and hands over what is ready', () => {
  const queue = new PushQueue<number>();
  let wakes = 0;
  queue.push(1);
  queue.onReady(() => {
    wakes += 1;
  });
  queue.push(2);
  expect([wakes, queue.take(1_000), queue.take(1_000)]).toEqual([1, [1, 2], []]);
  queue.push(3);
  queue.push(4);
  expect(wakes).toBe(2);
  queue.end();
  expect(queue.done).toBe(false);
  expect([queue.take(1_000), queue.take(1_000), queue.done]).toEqual([[3, 4], [], true]);
});

test('take keeps to the byte budget, at least one item', () => {
  const queue = new PushQueue<string>();
  for (const item of ['aaaaaaaa', 'bbbbbbbb', 'c']) queue.push(item);
  expect(queue.take(1)).toEqual(['aaaaaaaa']);
  expect(queue.take(100)).toEqual(['bbbbbbbb', 'c']);
});

test('what waits is merged, and a window that overflows ends the stream and its producer', () => {
  let closed = 0;
  const queue = new PushQueue<string>({
    windowBytes: 20,
    sizeOf: (item) => item.length,
    merge: (waiting, next) => (waiting.length < 8 ? waiting + next : null),
    onClose: () => {
      closed += 1;
    },
  });
  for (const char of 'abcdefghij') expect(queue.push(char)).toBe(true);
  expect(queue.take(1_000)).toEqual(['abcdefgh', 'ij']);
  for (let n = 0; queue.push('x'); n += 1) expect(n).toBeLessThan(100);
  expect(queue.failure).toBeInstanceOf(SlowReader);
  expect([queue.done, closed, queue.push('y')]).toEqual([true, 1, false]);
  queue.close();
  expect(closed).toBe(1);
});

test('iterating a stream yields everything in order, rethrows its failure and closes it', async () => {
  let closed = 0;
  const queue = new PushQueue<number>({
    onClose: () => {
      closed += 1;
    },
  });
  const items = all(mapPushStream(queue, (n) => n * 2));
  for (let n = 0; n < 50; n += 1) {
    queue.push(n);
    if (n % 7 === 0) await settled();
  }
  queue.end();
  expect(await items).toEqual(Array.from({ length: 50 }, (_, n) => n * 2));
  expect(closed).toBe(1);
  const failing = new PushQueue<number>();
  failing.push(1);
  failing.end(new Error('cut'));
  await expect(all(failing)).rejects.toThrow('cut');
});

test('a pulled iterable is read only a little ahead and is told when its reader leaves', async () => {
  let produced = 0;
  let left = false;
  async function* source() {
    try {
      for (; ; produced += 1) yield produced;
    } finally {
      left = true;
    }
  }
  const stream: PushStream<number> = pullStream(source());
  let wakes = 0;
  stream.onReady(() => {
    wakes += 1;
  });
  await settled();
  expect(wakes).toBeGreaterThan(0);
  expect(produced).toBeLessThanOrEqual(17);
  const first = stream.take(1e6);
  await settled();
  const second = stream.take(1e6);
  expect([...first, ...second]).toEqual(Array.from({ length: first.length + second.length }, (_, n) => n));
  stream.close();
  await settled();
  expect(left).toBe(true);
  expect(stream.take(1e6)).toEqual([]);
});

test('a pulled iterable that ends or fails says so after its items', async () => {
  async function* source() {
    yield 1;
    throw new Error('cut');
  }
  const stream = pullStream(source());
  stream.onReady(() => undefined);
  await settled();
  expect([stream.take(10), stream.take(10), stream.done]).toEqual([[1], [], true]);
  expect(stream.failure).toEqual(new Error('cut'));
  expect([isPushStream(stream), isPushStream([]), isPushStream(null)]).toEqual([true, false, false]);
});
