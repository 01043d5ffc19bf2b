import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RedisBridge } from '../../server/integrations/cache/bridge/start.ts';
import { bridgeToken, redisMissingReason, startRedisWithBridge } from '../support/redis.ts';

const missing = redisMissingReason();
const note = missing === null ? '' : ` (skipped: ${missing})`;

describe.skipIf(missing !== null)(`the bridge answers Upstash's SDK as Upstash does${note}`, () => {
  let started: Awaited<ReturnType<typeof startRedisWithBridge>>;
  let bridge: RedisBridge;
  let redis: Redis;
  let raw: Redis;

  beforeAll(async () => {
    started = await startRedisWithBridge();
    bridge = started.bridge;
    const config = { url: bridge.url, token: bridgeToken, retry: { retries: 0 }, enableTelemetry: false };
    redis = new Redis({ ...config, enableAutoPipelining: false });
    raw = new Redis({ ...config, automaticDeserialization: false, enableAutoPipelining: false });
  });
  afterAll(() => started?.[Symbol.asyncDispose]());
  beforeEach(() => redis.flushall());

  it('keeps strings, numbers, objects and unicode', async () => {
    expect(await redis.ping()).toBe('PONG');
    expect(await redis.set('s', 'plain')).toBe('OK');
    expect(await redis.get('s')).toBe('plain');
    await redis.set('o', { a: [1, 'zwei', null], ünï: '日本 👩‍👩‍👧' });
    expect(await redis.get('o')).toEqual({ a: [1, 'zwei', null], ünï: '日本 👩‍👩‍👧' });
    expect(await redis.get('absent')).toBeNull();
    expect(await redis.incrby('n', 41)).toBe(41);
    expect(await redis.incr('n')).toBe(42);
    expect(await redis.mget('s', 'absent', 'n')).toEqual(['plain', null, 42]);
    expect(await redis.getrange('s', 0, 1)).toBe('pl');
    expect(await redis.append('s', '!')).toBe(6);
    expect(await redis.type('s')).toBe('string');
  });

  it('keeps a value that reads OK apart from the status OK', async () => {
    await redis.set('v', 'OK');
    expect(await redis.get('v')).toBe('OK');
    expect(await redis.mget('v', 'v')).toEqual(['OK', 'OK']);
    await redis.rpush('l', 'OK', 'T0s=');
    expect(await raw.lrange('l', 0, -1)).toEqual(['OK', 'T0s=']);
  });

  it('sets with NX, XX, PX, GET and KEEPTTL', async () => {
    expect(await redis.set('k', 'a', { nx: true, px: 60_000 })).toBe('OK');
    expect(await redis.set('k', 'b', { nx: true, px: 60_000 })).toBeNull();
    const ttl = await redis.pttl('k');
    expect(ttl).toBeGreaterThan(50_000);
    expect(ttl).toBeLessThanOrEqual(60_000);
    expect(await redis.set('k', 'c', { xx: true, keepTtl: true })).toBe('OK');
    expect(await redis.pttl('k')).toBeGreaterThan(50_000);
    expect(await redis.set('k', 'd', { get: true })).toBe('c');
    expect(await redis.expire('k', 100)).toBe(1);
    expect(await redis.expire('k', 10, 'GT')).toBe(0);
    expect(await redis.persist('k')).toBe(1);
    expect(await redis.ttl('k')).toBe(-1);
    await redis.set('short', 1, { px: 20 });
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(await redis.exists('short')).toBe(0);
  });

  it('keeps hashes', async () => {
    expect(await redis.hset('h', { a: 1, b: { c: 'd' }, e: 'ö' })).toBe(3);
    expect(await redis.hgetall('h')).toEqual({ a: 1, b: { c: 'd' }, e: 'ö' });
    expect(await redis.hmget('h', 'a', 'zz')).toEqual({ a: 1, zz: null });
    expect(await redis.hincrby('h', 'a', 4)).toBe(5);
    expect(await redis.hdel('h', 'b')).toBe(1);
    expect(await redis.hgetall('none')).toBeNull();
    expect((await redis.hkeys('h')).sort()).toEqual(['a', 'e']);
  });

  it('keeps lists, sets and sorted sets', async () => {
    expect(await redis.rpush('l', 'a', 'b', 'c')).toBe(3);
    expect(await redis.lpop('l')).toBe('a');
    expect(await redis.lmove('l', 'm', 'left', 'right')).toBe('b');
    expect(await redis.lrange('l', 0, -1)).toEqual(['c']);
    expect(await redis.sadd('x', 'a', 'b')).toBe(2);
    await redis.sadd('y', 'b', 'c');
    expect(await redis.sinter('x', 'y')).toEqual(['b']);
    expect(await redis.smismember('x', ['a', 'q'])).toEqual([1, 0]);
    await redis.zadd('z', { score: 1, member: 'one' }, { score: 2.5, member: 'two' });
    expect(await redis.zadd('z', { gt: true, ch: true }, { score: 9, member: 'one' })).toBe(1);
    expect(await redis.zrange('z', 0, -1, { withScores: true })).toEqual(['two', 2.5, 'one', 9]);
    expect(await redis.zscore('z', 'two')).toBe(2.5);
    expect(await redis.zunionstore('w', 2, ['z', 'z'])).toBe(2);
  });

  it('keeps streams, byte for byte of any unicode', async () => {
    const text = 'Zeile\n"quote" \u0000 \u2028 ﷽ 🧪\r\n,data: x';
    expect(await raw.xadd('s', '1-1', { t: text })).toBe('1-1');
    await raw.xadd('s', '1-2', { t: 'next', n: '2' });
    expect(await redis.xrange('s', '-', '+')).toEqual({ '1-1': { t: text }, '1-2': { t: 'next', n: 2 } });
    expect(await redis.xlen('s')).toBe(2);
    expect(await redis.xread('s', '1-1')).toEqual([['s', [['1-2', ['t', 'next', 'n', 2]]]]]);
    expect(await redis.xtrim('s', { strategy: 'MINID', exactness: '=', threshold: '1-2' })).toBe(1);
    await redis.xgroup('s', { type: 'CREATE', group: 'g', id: '0' });
    expect(await redis.xreadgroup('g', 'c', 's', '>')).toEqual([['s', [['1-2', ['t', 'next', 'n', 2]]]]]);
    expect(await redis.xack('s', 'g', '1-2')).toBe(1);
    await expect(redis.xadd('s', '1-1', { t: 'older' })).rejects.toThrow(
      'equal or smaller than the target stream top item',
    );
  });

  it('answers a pipeline command by command, errors in their place', async () => {
    await redis.set('text', 'abc');
    const answers = await redis.pipeline().set('a', 1).incr('text').get('a').exec({ keepErrors: true });
    expect(answers.map((answer) => answer.error ?? answer.result)).toEqual([
      'OK',
      'ERR value is not an integer or out of range',
      1,
    ]);
  });

  it('runs multi-exec atomically and refuses it whole when a command is malformed', async () => {
    const results = await redis.multi().set('m', 1).incr('m').get('m').exec();
    expect(results).toEqual(['OK', 2, 2]);
    const response = await post('/multi-exec', [
      ['SET', 'm', '7'],
      ['NOSUCH', 'x'],
    ]);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/^EXECABORT .*unknown command/) });
    expect(await redis.get('m')).toBe(2);
    const inside = await post('/multi-exec', [
      ['SET', 'm', 'text'],
      ['INCR', 'm'],
      ['GET', 'm'],
    ]);
    expect(await inside.json()).toEqual([
      { result: 'OK' },
      { error: 'ERR value is not an integer or out of range' },
      { result: 'text' },
    ]);
  });

  it('lets nothing of others between the commands of a transaction', async () => {
    const rounds = Array.from({ length: 40 }, async (_, round) => {
      const [, read] = await redis.multi().set('shared', round).get('shared').exec<[string, number]>();
      expect(read).toBe(round);
    });
    const noise = Array.from({ length: 40 }, () => redis.set('shared', -1));
    await Promise.all([...rounds, ...noise]);
  });

  it("keeps Redis' words in errors", async () => {
    await redis.rpush('list', 1);
    await expect(redis.get('list')).rejects.toThrow(
      'WRONGTYPE Operation against a key holding the wrong kind of value',
    );
    const response = await post('/', ['GET', 'list']);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/^WRONGTYPE/) });
    await expect(redis.evalsha('0'.repeat(40), [], [])).rejects.toThrow('NOSCRIPT');
  });

  it('refuses commands that would change or hold the shared connection', async () => {
    for (const command of [
      ['SELECT', '1'],
      ['multi'],
      ['BLPOP', 'q', '0'],
      ['SUBSCRIBE', 'c'],
      ['XREAD', 'BLOCK', '0', 'STREAMS', 's', '$'],
      ['CLIENT', 'REPLY', 'OFF'],
      ['QUIT'],
    ]) {
      const response = await post('/', command);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ error: expect.stringContaining('not available') });
    }
    expect(await redis.ping()).toBe('PONG');
  });

  function post(path: string, body: unknown): Promise<Response> {
    return fetch(bridge.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${bridgeToken}` },
      body: JSON.stringify(body),
    });
  }
});
