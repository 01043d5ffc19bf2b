import { Inngest } from 'inngest';
import { expect, test } from 'vitest';
import { createJobsClient } from '../../jobs/client.ts';
import { createInngestHandler } from '../../jobs/handler.ts';
import { createLocalExecutor } from '../../jobs/local/executor.ts';
import { signBody } from '../../jobs/local/protocol.ts';
import { type Logger, silentLogger } from '../../server/core/observe.ts';
import { parseConfig } from '../../server/main/config.ts';
import { jobsConnection } from '../../server/main/jobs-connection.ts';
import { testDatabase } from '../support/database.ts';
import { signingKey } from './harness.ts';

const url = 'http://jobs.local/api/inngest';
const client = createJobsClient({ kind: 'local', signingKey, fetch }, silentLogger);
const functions = [
  client.createFunction({ id: 'secret', triggers: [{ event: 'test/secret' }] }, () => 'ran'),
];
const handler = createInngestHandler({ client, functions });
const body = JSON.stringify({
  ctx: { attempt: 0, run_id: 'job_1', stack: { current: -1, stack: [] }, use_api: false },
  event: { data: {}, id: 'evt_1', name: 'test/secret' },
  events: [],
  steps: {},
  version: 2,
});

function call(signature: string | null, text = body, to = handler): Promise<Response> {
  const headers = { host: 'jobs.local', ...(signature ? { 'x-inngest-signature': signature } : {}) };
  return to(
    new Request(`${url}?fnId=repspheres-secret&stepId=step`, { method: 'POST', headers, body: text }),
  );
}

test('a call signed over canonical JSON runs the function', async () => {
  const response = await call(signBody(body, signingKey, Date.now()));
  expect([response.status, await response.json()]).toEqual([200, 'ran']);
});

test('while the signing key at Inngest is replaced, calls signed with the one before are taken too', async () => {
  const { inngest } = parseConfig({
    INNGEST_EVENT_KEY: 'event',
    INNGEST_SIGNING_KEY: 'signkey-test-aaaa',
    INNGEST_SIGNING_KEY_FALLBACK: 'signkey-test-bbbb',
  });
  const connection = jobsConnection({ inngest });
  if (!connection) throw new Error('Inngest is not configured');
  const remote = createInngestHandler({ client: createJobsClient(connection, silentLogger), functions });
  const statusFor = async (key: string) => (await call(signBody(body, key, Date.now()), body, remote)).status;
  expect(await statusFor('signkey-test-aaaa')).toBe(200);
  expect(await statusFor('signkey-test-bbbb')).toBe(200);
  expect(await statusFor('signkey-test-cccc')).toBe(401);
});

test.each([
  ['no signature', null],
  ['an empty one', ''],
  ['another key', signBody(body, 'signkey-test-ffff', Date.now())],
  ['another body', signBody(`${body} `, signingKey, Date.now())],
  ['six minutes ago', signBody(body, signingKey, Date.now() - 360_000)],
  ['six minutes ahead', signBody(body, signingKey, Date.now() + 360_000)],
  ['no time', 's=abc'],
])('a call with %s is refused with 401', async (_name, signature) => {
  const response = await call(signature);
  expect(response.status).toBe(401);
  expect(await response.text()).not.toContain('ran');
});

test.each(['PUT', 'GET'])('an unsigned %s learns nothing', async (method) => {
  const request = new Request(url, { method, headers: { host: 'jobs.local' } });
  const response = await handler(request);
  expect(response.status).toBe(401);
  expect(await response.text()).not.toContain('secret');
});

test.each(['GET', 'PUT', 'POST'])(
  'an unsigned %s is logged once, at info, without a stack: strangers knock on every door',
  async (method) => {
    const lines: object[] = [];
    const note = (level: string) => (fields: object, text?: string) =>
      lines.push({ level, text, keys: Object.keys(fields) });
    const logger: Logger = {
      debug: note('debug'),
      info: note('info'),
      warn: note('warn'),
      error: note('error'),
      child: () => logger,
    };
    const logged = createJobsClient({ kind: 'local', signingKey, fetch }, logger);
    const headers = { host: 'jobs.local' };
    const init = { method, headers, ...(method === 'GET' ? {} : { body: '{}' }) };
    const response = await createInngestHandler({ client: logged, functions })(new Request(url, init));
    expect(response.status).toBe(401);
    expect(lines).toEqual([{ level: 'info', text: 'job call refused', keys: ['method', 'reason'] }]);
  },
);

async function registration(options: Record<string, unknown>): Promise<string> {
  const app = new Inngest({ id: 'repspheres', signingKey, isDev: false, eventKey: 'x' });
  const create = app.createFunction as unknown as (...args: unknown[]) => (typeof functions)[number];
  const fn = create({ id: 'odd', triggers: [{ event: 'test/odd' }], ...options }, () => null);
  const executor = createLocalExecutor({
    database: await testDatabase(),
    handler: createInngestHandler({ client: app, functions: [fn] }),
    signingKey,
    logger: silentLogger,
  });
  return executor.start().then(
    async () => {
      await executor.stop();
      return 'started';
    },
    (error: Error) => error.message,
  );
}

test.each([
  [{ throttle: { limit: 1, period: '1m', burst: 3 } }, 'throttle.burst'],
  [{ triggers: [{ cron: '* * * * *', jitter: '10s' }] }, 'jitter'],
  [{ concurrency: [{ limit: 0 }] }, 'concurrency'],
  [{ idempotency: 'event.data.(' }, 'not a CEL expression'],
  [{ debounce: { period: 'soon' } }, 'not a duration'],
])('an option the executor cannot honour stops the start and is named: %j', async (options, named) => {
  const message = await registration(options);
  expect(message).toContain('repspheres-odd');
  expect(message).toContain(named);
});

test('options it can honour are accepted', async () => {
  expect(await registration({ concurrency: 3, retries: 2, timeouts: { start: '1h30m', finish: '2h' } })).toBe(
    'started',
  );
});
