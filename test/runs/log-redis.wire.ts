import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../server/core/ids.ts';
import { createRedisRunLog } from '../../server/runs/log.redis.ts';
import { connectRunLogRedis } from '../../server/runs/redis-pipe.ts';
import { bridgeToken, redisMissingReason, startRedisWithBridge } from '../support/redis.ts';
import { batch, terminal } from './log-harness/entries.ts';

const missing = redisMissingReason();
const key = (runId: string) => `run:{${runId}}:log`;

describe.skipIf(missing !== null)(`run log over REST${missing === null ? '' : ` (${missing})`}`, () => {
  let server: Awaited<ReturnType<typeof startRedisWithBridge>>;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedisWithBridge();
    redis = await connectRunLogRedis({ url: server.bridge.url, token: bridgeToken });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function openRun(epoch = 1) {
    const log = createRedisRunLog({ redis });
    const runId = newId('run');
    await log.takeover(runId, epoch, { create: true });
    return { log, runId };
  }

  it('costs one command an append, and one request for all runs of a tick', async () => {
    const { log } = await openRun();
    const runIds = Array.from({ length: 100 }, () => newId('run'));
    await Promise.all(runIds.map((runId) => log.takeover(runId, 1, { create: true })));
    const before = { ...server.bridge.counted };
    for (const seq of [1, 2, 3])
      await Promise.all(runIds.map((runId) => log.append(runId, batch(1, seq, seq))));
    const { requests, commands } = server.bridge.counted;
    expect(commands - before.commands).toBe(300);
    expect(requests - before.requests).toBe(3);
  });

  it('expires 24 h after its start, and again after its end', async () => {
    const { log, runId } = await openRun();
    expect(await redis.ttl(key(runId))).toBe(86_400);
    await redis.expire(key(runId), 100);
    await log.append(runId, batch(1, 1, 1));
    expect(await redis.ttl(key(runId))).toBe(100);
    await log.append(runId, terminal(1, 2));
    expect(await redis.ttl(key(runId))).toBe(86_400);
  });

  it('a command that Redis refuses fails its own run only', async () => {
    const { log, runId } = await openRun();
    const broken = newId('run');
    await redis.set(key(broken), 'not a stream');
    const [bad, good] = await Promise.allSettled([
      log.append(broken, batch(1, 1, 1)),
      log.append(runId, batch(1, 1, 1)),
    ]);
    expect(bad).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('WRONGTYPE') },
    });
    expect(good).toEqual({ status: 'fulfilled', value: 'appended' });
    await expect(log.takeover(broken, 2, { create: true })).rejects.toThrow('WRONGTYPE');
  });

  it('finds a lost tail, and a new epoch repairs it for every reader', async () => {
    const { log, runId } = await openRun();
    const reader = createRedisRunLog({ redis });
    for (const seq of [1, 2, 3, 4]) await log.append(runId, batch(1, seq, seq));
    expect((await reader.read(runId, 0)).length).toBe(4);
    await redis.xdel(key(runId), ['1-3', '1-4']);
    await redis.exec(['XSETID', key(runId), '1-2']);
    expect(await log.audit(runId, 4)).toBe(false);
    await log.append(runId, batch(1, 5, 5));
    expect(await log.audit(runId, 5)).toBe(false);

    await log.takeover(runId, 2, { create: false });
    for (const seq of [3, 4, 5]) expect(await log.append(runId, batch(2, seq, seq))).toBe('appended');
    const late = createRedisRunLog({ redis });
    for (const viewer of [log, reader, late]) {
      expect((await viewer.read(runId, 0)).flatMap((one) => one.events.map((event) => event.seq))).toEqual([
        1, 2, 3, 4, 5,
      ]);
    }
    expect((await reader.read(runId, 4)).map((entry) => entry.lastSeq)).toEqual([5]);
    expect(await late.audit(runId, 5)).toBe(true);
  });

  it('reads logs longer than a page', async () => {
    const { log, runId } = await openRun();
    const pipeline = redis.pipeline();
    for (let seq = 1; seq <= 2300; seq += 1) {
      pipeline.xadd(key(runId), `1-${seq}`, { f: seq, d: JSON.stringify(batch(1, seq, seq).events), k: 1 });
    }
    await pipeline.exec();
    expect((await log.read(runId, 0)).length).toBe(1000);
    expect((await log.read(runId, 0, 5000)).at(-1)?.lastSeq).toBe(2300);
    expect((await log.read(runId, 1500))[0]?.lastSeq).toBe(1501);
    expect(await log.audit(runId, 2300)).toBe(true);
  });

  it('sends more than a request may hold as several', async () => {
    const log = createRedisRunLog({ redis });
    const runIds = Array.from({ length: 12 }, () => newId('run'));
    await Promise.all(runIds.map((runId) => log.takeover(runId, 1, { create: true })));
    const before = server.bridge.counted.requests;
    const big = batch(1, 1, 1, 'x'.repeat(120_000));
    const outcomes = await Promise.all(runIds.map((runId) => log.append(runId, big)));
    expect(new Set(outcomes)).toEqual(new Set(['appended']));
    expect(server.bridge.counted.requests - before).toBe(6);
  });

  it('rejects without the words of users when the token is wrong', async () => {
    const stranger = createRedisRunLog({
      redis: await connectRunLogRedis({ url: server.bridge.url, token: 'wrong' }),
    });
    const failure = await stranger
      .append(newId('run'), batch(1, 1, 1, 'my secret'))
      .catch((error: Error) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(String(failure)).not.toContain('my secret');
  });
});

describe('a Redis that does not answer', () => {
  it.each(['never', 'half an answer'])(
    '(%s) is a rejection within the deadline, never data',
    async (kind) => {
      let requests = 0;
      await using silent = await listen((response) => {
        requests += 1;
        if (kind === 'half an answer') response.writeHead(200).write('[{"result":"1-1"}');
      });
      const redis = await connectRunLogRedis({ url: silent.url, token: 't', deadlineMs: 60 });
      const log = createRedisRunLog({ redis, deadlineMs: 80 });
      const started = performance.now();
      await expect(log.append(newId('run'), batch(1, 1, 1))).rejects.toThrow();
      await expect(log.takeover(newId('run'), 1, { create: true })).rejects.toThrow();
      expect(performance.now() - started).toBeLessThan(1000);
      expect(requests).toBe(2);
    },
  );

  it('with a client whose aborted calls resolve as data is a rejection too', async () => {
    await using silent = await listen(() => {});
    const redis = new Redis({
      url: silent.url,
      token: 't',
      signal: AbortSignal.timeout(30),
      retry: { retries: 0 },
    });
    const log = createRedisRunLog({ redis, deadlineMs: 500 });
    await expect(log.append(newId('run'), batch(1, 1, 1))).rejects.toThrow();
    await expect(log.tail(newId('run'))).rejects.toThrow();
  });

  it.each(['<html>busy</html>', '{"result":"OK"}', '[]', '[{"result":"1-1"},{"result":"1-2"}]', '[7]'])(
    'or answers %s is a rejection',
    async (body) => {
      await using strange = await listen((response) => response.end(body));
      const log = createRedisRunLog({ redis: await connectRunLogRedis({ url: strange.url, token: 't' }) });
      const failure = await log
        .append(newId('run'), batch(1, 1, 1, 'my secret'))
        .catch((error: Error) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(String(failure)).not.toContain('my secret');
    },
  );
});

type Answer = (response: import('node:http').ServerResponse) => void;

async function listen(answer: Answer): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
