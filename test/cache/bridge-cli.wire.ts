import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { bridgeToken, redisMissingReason, startRedis } from '../support/redis.ts';

const missing = redisMissingReason();
const note = missing === null ? '' : ` (skipped: ${missing})`;

function run(variables: Record<string, string>) {
  const { PATH = '' } = process.env;
  return spawn(process.execPath, ['server/main/redis-bridge.ts'], { env: { PATH, ...variables } });
}

describe('npm run redis:bridge', () => {
  it('names every fault of its configuration, without the secret', async () => {
    const child = run({
      REDIS_URL: 'http://nonsense',
      UPSTASH_REDIS_REST_TOKEN: 'short-secret',
      REDIS_BRIDGE_PORT: '0',
    });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(text).toContain('REDIS_URL');
    expect(text).toContain('UPSTASH_REDIS_REST_TOKEN');
    expect(text).not.toContain('short-secret');
    expect(text).not.toContain('    at ');
  });

  it.skipIf(missing !== null)(`serves until it is told to stop${note}`, async () => {
    await using redis = await startRedis();
    const child = run({
      REDIS_URL: redis.url,
      UPSTASH_REDIS_REST_TOKEN: bridgeToken,
      REDIS_BRIDGE_PORT: '0',
    });
    let url: string | undefined;
    for await (const line of createInterface(child.stdout)) {
      url = /Upstash REST at (\S+):/.exec(line)?.[1];
      if (url) break;
    }
    const response = await fetch(`${url}/ping`, { headers: { authorization: `Bearer ${bridgeToken}` } });
    expect(await response.json()).toEqual({ result: 'PONG' });
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });
});
