import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bridgeToken, redisMissingReason, startRedisWithBridge } from '../support/redis.ts';

const missing = redisMissingReason();
const note = missing === null ? '' : ` (skipped: ${missing})`;

describe.skipIf(missing !== null)(`pub/sub through the bridge${note}`, () => {
  let started: Awaited<ReturnType<typeof startRedisWithBridge>>;
  let redis: Redis;
  beforeAll(async () => {
    started = await startRedisWithBridge();
    redis = new Redis({
      url: started.bridge.url,
      token: bridgeToken,
      retry: { retries: 0 },
      enableAutoPipelining: false,
    });
  });
  afterAll(() => started?.[Symbol.asyncDispose]());

  it('carries messages to the SDK, whatever they hold, and leaves nothing behind', async () => {
    const subscriber = redis.subscribe<unknown>(['news', 'run/1 ü?']);
    const heard: unknown[] = [];
    subscriber.on('message', (event) => heard.push([event.channel, event.message]));
    await expect.poll(() => started.bridge.openStreams).toBe(2);
    await redis.publish('news', { a: 1 });
    await redis.publish('news', 'two, with comma');
    await redis.publish('news', 'line one\nline two');
    expect(await redis.publish('run/1 ü?', '日本')).toBe(1);
    await expect.poll(() => heard.length).toBe(4);
    expect(heard).toEqual([
      ['news', { a: 1 }],
      ['news', 'two, with comma'],
      ['news', 'line one\nline two'],
      ['run/1 ü?', '日本'],
    ]);
    await subscriber.unsubscribe();
    await expect.poll(() => started.bridge.openStreams).toBe(0);
    await expect.poll(() => redis.publish('news', 'nobody')).toBe(0);
  });

  it('carries patterns', async () => {
    const subscriber = redis.psubscribe<number>(['room.*']);
    const heard: unknown[] = [];
    subscriber.on('pmessage', (event) => heard.push([event.pattern, event.channel, event.message]));
    await expect.poll(() => started.bridge.openStreams).toBe(1);
    await redis.publish('room.7', 7);
    await expect.poll(() => heard).toEqual([['room.*', 'room.7', 7]]);
    await subscriber.unsubscribe();
    await expect.poll(() => started.bridge.openStreams).toBe(0);
  });

  it('gives each of two readers of one channel every message, and the rest goes on when one leaves', async () => {
    const [first, second] = [redis.subscribe<number>(['twice']), redis.subscribe<number>(['twice'])];
    const heard: number[][] = [[], []];
    first.on('message', (event) => heard[0]?.push(event.message));
    second.on('message', (event) => heard[1]?.push(event.message));
    await expect.poll(() => started.bridge.openStreams).toBe(2);
    await redis.publish('twice', 1);
    await expect.poll(() => heard).toEqual([[1], [1]]);
    await first.unsubscribe();
    await expect.poll(() => started.bridge.openStreams).toBe(1);
    await redis.publish('twice', 2);
    await expect.poll(() => heard).toEqual([[1], [1, 2]]);
    await second.unsubscribe();
  });

  it('keeps the stream alive with a comment', async () => {
    const leave = new AbortController();
    const response = await fetch(`${started.bridge.url}/subscribe/quiet`, {
      headers: { authorization: `Bearer ${bridgeToken}` },
      signal: leave.signal,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString('utf8');
      if (text.includes(': keep-alive')) break;
    }
    expect(text).toMatch(/^data: subscribe,quiet,1\n\n/);
    leave.abort();
    await expect.poll(() => started.bridge.openStreams).toBe(0);
  });
});
