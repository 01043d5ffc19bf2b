import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedisBridge } from '../../server/integrations/cache/bridge/start.ts';
import { bridgeToken, redisMissingReason, startRedis, startRedisWithBridge } from '../support/redis.ts';

const missing = redisMissingReason();
const note = missing === null ? '' : ` (skipped: ${missing})`;
const authorization = `Bearer ${bridgeToken}`;

describe.skipIf(missing !== null)(`doors of the bridge${note}`, () => {
  let started: Awaited<ReturnType<typeof startRedisWithBridge>>;
  let url = '';
  beforeAll(async () => {
    started = await startRedisWithBridge();
    url = started.bridge.url;
  });
  afterAll(() => started?.[Symbol.asyncDispose]());

  it('asks for the token on every route', async () => {
    const body = JSON.stringify([['SET', 'stolen', '1']]);
    for (const path of [
      '/',
      '/pipeline',
      '/multi-exec',
      '/set/stolen/1',
      '/subscribe/c',
      '/psubscribe/*',
      '/nothing',
    ]) {
      for (const given of [
        undefined,
        'Bearer ',
        'Bearer wrong',
        `Basic ${bridgeToken}`,
        bridgeToken,
        `Bearer ${bridgeToken}x`,
      ]) {
        const response = await fetch(url + path, {
          method: 'POST',
          body,
          ...(given && { headers: { authorization: given } }),
        });
        expect([path, given, response.status, await response.json()]).toEqual([
          path,
          given,
          401,
          { error: 'Unauthorized' },
        ]);
      }
    }
    const stored = await fetch(`${url}/exists/stolen`, { headers: { authorization } });
    expect(await stored.json()).toEqual({ result: 0 });
  });

  it('takes commands from the path, for curl', async () => {
    const call = (path: string, init: RequestInit = {}) =>
      fetch(url + path, { ...init, headers: { authorization } });
    expect(await (await call('/set/p/a%20b%2Fc?EX=100')).json()).toEqual({ result: 'OK' });
    expect(await (await call('/get/p')).json()).toEqual({ result: 'a b/c' });
    expect(await (await call('/set/q', { method: 'POST', body: 'the body' })).json()).toEqual({
      result: 'OK',
    });
    expect(await (await call('/get/q')).json()).toEqual({ result: 'the body' });
    expect((await call('/')).status).toBe(400);
  });

  it('encodes every string in base64 but a status OK', async () => {
    const call = async (command: unknown[]) =>
      (
        await fetch(url, {
          method: 'POST',
          headers: { authorization, 'upstash-encoding': 'base64' },
          body: JSON.stringify(command),
        })
      ).json();
    expect(await call(['SET', 'b', 'wert'])).toEqual({ result: 'OK' });
    expect(await call(['GET', 'b'])).toEqual({ result: 'd2VydA==' });
    expect(await call(['MGET', 'b', 'absent'])).toEqual({ result: ['d2VydA==', null] });
    expect(await call(['EVAL', "return {1, {'OK', redis.status_reply('OK')}, false}", 0])).toEqual({
      result: [1, ['T0s=', 'T0s='], null],
    });
    expect(await call(['SET', 'flag', true])).toEqual({ result: 'OK' });
    expect(await call(['GET', 'flag'])).toEqual({ result: 'dHJ1ZQ==' });
  });

  it('refuses malformed and oversized bodies', async () => {
    const post = (body: string) => fetch(url, { method: 'POST', headers: { authorization }, body });
    for (const body of ['', '{', '{}', '[]', '["GET", null]', '["GET", ["x"]]', '"GET"']) {
      expect([body, (await post(body)).status]).toEqual([body, 400]);
    }
    await using redis = await startRedis();
    const small = await startRedisBridge({
      redisUrl: redis.url,
      token: bridgeToken,
      port: 0,
      maxBodyBytes: 1_000,
    });
    const response = await fetch(small.url, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify(['SET', 'k', 'x'.repeat(2_000)]),
    });
    expect(response.status).toBe(413);
    await small.close();
  });

  it('runs scripts that stock Redis refuses for their first line', async () => {
    const redis = new Redis({ url, token: bridgeToken, retry: { retries: 0 }, enableAutoPipelining: false });
    const script = '#!lua flags=allow-key-locking,no-writes\nreturn tonumber(ARGV[1]) + 1';
    const sha = await redis.scriptLoad(script);
    expect(sha).toMatch(/^[0-9a-f]{40}$/);
    expect(await redis.evalsha(sha, [], ['41'])).toBe(42);
    expect(await redis.eval(script, [], ['1'])).toBe(2);
    expect(await redis.scriptExists(sha, '0'.repeat(40))).toEqual([1, 0]);
    expect(await redis.createScript(script).exec([], ['7'])).toBe(8);
    await redis.scriptFlush();
    await expect(redis.evalsha(sha, [], ['1'])).rejects.toThrow('NOSCRIPT');
    await expect(redis.eval('#!lua flags=allow-key-locking\n\nerror("here")', [], [])).rejects.toThrow(
      /user_script:3: here/,
    );
  });

  it('counts what Upstash would bill, commands inside scripts included', async () => {
    const before = await started.bridge.billedCommands();
    const redis = new Redis({ url, token: bridgeToken, retry: { retries: 0 }, enableAutoPipelining: false });
    await redis.pipeline().set('c', 1).get('c').exec();
    await redis.eval("redis.call('GET', 'c') redis.call('INCR', 'c') return 1", [], []);
    expect((await started.bridge.billedCommands()) - before).toBe(5);
  });
});

describe.skipIf(missing !== null)(`the bridge without Redis behind it${note}`, () => {
  it('starts, answers 503, and works once Redis is there', async () => {
    const redis = await startRedis();
    await redis.stop();
    const bridge = await startRedisBridge({ redisUrl: redis.url, token: bridgeToken, port: 0 });
    const ping = () => fetch(bridge.url, { method: 'POST', headers: { authorization }, body: '["PING"]' });
    expect((await ping()).status).toBe(503);
    const back = await startRedis(redis.port);
    await expect.poll(async () => (await ping()).status, { timeout: 4_000, interval: 100 }).toBe(200);
    await bridge.close();
    await back.stop();
  });
});
