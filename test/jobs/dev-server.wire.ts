import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { expect, test } from 'vitest';
import { createJobsClient } from '../../jobs/client.ts';
import { createInngestHandler } from '../../jobs/handler.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { until } from './harness.ts';

/** The real thing, where it is at hand: a running dev server, or its binary on the PATH. */
function findInngest(): { url: string } | { binary: string } | null {
  const { INNGEST_DEV_URL: url, PATH: path = '' } = process.env;
  if (url) return { url };
  const binary = path
    .split(delimiter)
    .map((folder) => join(folder, 'inngest'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  return binary ? { binary } : null;
}

const inngest = findInngest();
const why = 'neither INNGEST_DEV_URL nor an inngest binary on the PATH';

async function devServer(appUrl: string): Promise<{ url: string } & AsyncDisposable> {
  if (!inngest) throw new Error(why);
  if ('url' in inngest) {
    return { url: inngest.url, [Symbol.asyncDispose]: async () => {} };
  }
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const args = ['dev', '--port', String(port), '--no-discovery', '-u', appUrl];
  const child = spawn(inngest.binary, args, { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}/`;
  await until(
    () =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    15_000,
  );
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
    },
  };
}

test.skipIf(!inngest)(
  `a real Inngest dev server runs our functions (skipped where there is ${why})`,
  async () => {
    const ran: string[] = [];
    let handler = async (_request: Request) => new Response('not ready', { status: 503 });
    const server = serve({ fetch: (request) => handler(request), port: 0 });
    await until(() => server.address() !== null);
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const appUrl = `http://127.0.0.1:${port}/api/inngest`;
    await using dev = await devServer(appUrl);
    const client = createJobsClient({ kind: 'dev', baseUrl: dev.url }, silentLogger);
    const functions = [
      client.createFunction({ id: 'real', triggers: [{ event: 'test/real' }] }, async ({ event, step }) => {
        await step.run('first', () => ran.push(`first ${event.data.n}`));
        await step.sleep('nap', '1s');
        await step.run('second', () => ran.push(`second ${event.data.n}`));
      }),
    ];
    handler = createInngestHandler({ client, functions, allowUnsignedSync: true });
    await until(
      () =>
        fetch(appUrl, { method: 'PUT' }).then(
          (response) => response.ok,
          () => false,
        ),
      10_000,
    );
    const event = { id: `real-${Date.now()}`, name: 'test/real', data: { n: 1 } };
    await Promise.all([client.send(event), client.send(event)]);
    await until(() => ran.includes('second 1'), 15_000);
    await sleep(500);
    expect(ran).toEqual(['first 1', 'second 1']);
    server.close();
  },
);
