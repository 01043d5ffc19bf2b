import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisBridge, startRedisBridge } from '../../server/integrations/cache/bridge/start.ts';

export const bridgeToken = 'test-token-of-the-bridge';

export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Why tests that need redis-server cannot run here, or null. In CI a missing server is a failure. */
export function redisMissingReason(): string | null {
  const found = spawnSync('redis-server', ['--version']).status === 0;
  if (found) return null;
  const reason = 'redis-server is not installed (apt-get install redis-server)';
  if (process.env.CI) throw new Error(reason);
  return reason;
}

/** A real redis-server of this test's own, without persistence. Takes a free port unless one is named. */
export async function startRedis(port?: number): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-test-'));
  const taken = port ?? (await freePort());
  const child = spawn(
    'redis-server',
    ['--port', String(taken), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
    { stdio: 'ignore' },
  );
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await listening(taken, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://127.0.0.1:${taken}`, port: taken, stop, [Symbol.asyncDispose]: stop };
}

/** A redis-server with the REST bridge before it; disposing stops both. */
export async function startRedisWithBridge(): Promise<
  { redis: TestRedis; bridge: RedisBridge } & AsyncDisposable
> {
  const redis = await startRedis();
  const bridge = await startRedisBridge({
    redisUrl: redis.url,
    token: bridgeToken,
    port: 0,
    heartbeatMs: 200,
  });
  return {
    redis,
    bridge,
    async [Symbol.asyncDispose]() {
      await bridge.close();
      await redis.stop();
    },
  };
}

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(50);
  }
  throw new Error('redis-server did not listen within 5 s');
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
