import { expect, test } from 'vitest';
import { endedRuns, fastSettings, startHarness, storedRuns, until } from './harness.ts';

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

test('a concurrency limit by key holds, and other keys go past it', async () => {
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  await using jobs = await startHarness((client) => [
    client.createFunction(
      {
        id: 'limited',
        triggers: [{ event: 'test/limited' }],
        concurrency: [{ limit: 2, key: 'event.data.org' }],
      },
      ({ event, step }) =>
        step.run('work', async () => {
          const org: string = event.data.org;
          running.set(org, (running.get(org) ?? 0) + 1);
          most.set(org, Math.max(most.get(org) ?? 0, running.get(org) ?? 0));
          await pause(25);
          running.set(org, (running.get(org) ?? 0) - 1);
          return org;
        }),
    ),
  ]);
  const orgs = ['big', 'big', 'big', 'big', 'big', 'big', 'big', 'small'];
  await jobs.executor.send(orgs.map((org) => ({ name: 'test/limited', data: { org } })));
  const runs = await endedRuns('limited', orgs.length);
  expect(most).toEqual(
    new Map([
      ['big', 2],
      ['small', 1],
    ]),
  );
  const byEnd = runs.toSorted((a, b) => Number(a.endedAt) - Number(b.endedAt)).map((run) => run.result);
  expect(byEnd.indexOf('small')).toBeLessThan(4);
});

test('an idempotency key starts one run in 24 hours', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction(
      { id: 'keyed', triggers: [{ event: 'test/keyed' }], idempotency: 'event.data.key' },
      ({ event }) => event.data.key,
    ),
  ]);
  await Promise.all(['a', 'a', 'b', 'a'].map((key) => jobs.send('test/keyed', { key })));
  await endedRuns('keyed', 2);
  jobs.clock.advance(86_400_001);
  await jobs.send('test/keyed', { key: 'a' });
  const runs = await endedRuns('keyed', 3);
  expect(runs.map((run) => run.result).sort()).toEqual(['a', 'a', 'b']);
});

test('batchEvents waits for a full batch or its time', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction(
      { id: 'batched', triggers: [{ event: 'test/batched' }], batchEvents: { maxSize: 3, timeout: '10s' } },
      ({ events }) => events.map((event: { data: { n: number } }) => event.data.n),
    ),
  ]);
  for (const n of [1, 2, 3, 4]) await jobs.send('test/batched', { n });
  await endedRuns('batched', 1);
  await pause(60);
  expect(await storedRuns('batched')).toHaveLength(1);
  jobs.clock.advance(10_001);
  const runs = await endedRuns('batched', 2);
  expect(runs.map((run) => run.result)).toEqual([[1, 2, 3], [4]]);
});

test('debounce starts one run with the last event once it is quiet', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction(
      { id: 'calm', triggers: [{ event: 'test/calm' }], debounce: { period: '5s', key: 'event.data.key' } },
      ({ event }) => event.data.n,
    ),
  ]);
  for (const n of [1, 2, 3]) {
    await jobs.send('test/calm', { key: 'k', n });
    jobs.clock.advance(3_000);
  }
  expect(await storedRuns('calm')).toHaveLength(0);
  jobs.clock.advance(2_100);
  expect((await endedRuns('calm', 1)).map((run) => run.result)).toEqual([3]);
});

test('rateLimit drops what is over, throttle delays it', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction(
      { id: 'dropped', triggers: [{ event: 'test/many' }], rateLimit: { limit: 2, period: '1m' } },
      ({ event }) => event.data.n,
    ),
    client.createFunction(
      { id: 'delayed', triggers: [{ event: 'test/many' }], throttle: { limit: 2, period: '1m' } },
      ({ event }) => event.data.n,
    ),
  ]);
  for (const n of [1, 2, 3, 4, 5]) await jobs.send('test/many', { n });
  await endedRuns('delayed', 2);
  await pause(60);
  expect((await endedRuns('dropped', 2)).map((run) => run.result)).toEqual([1, 2]);
  expect(await storedRuns('dropped')).toHaveLength(2);
  expect((await storedRuns('delayed')).map((run) => run.status)).toEqual([
    'completed',
    'completed',
    'queued',
    'queued',
    'queued',
  ]);
  jobs.clock.advance(60_001);
  await endedRuns('delayed', 4);
  jobs.clock.advance(60_001);
  await endedRuns('delayed', 5);
});

test('singleton skips a second run, or cancels the first', async () => {
  const gate = Promise.withResolvers<void>();
  await using jobs = await startHarness((client) => {
    const make = (mode: 'skip' | 'cancel') =>
      client.createFunction(
        {
          id: `single-${mode}`,
          triggers: [{ event: 'test/single' }],
          singleton: { mode, key: 'event.data.key' },
        },
        ({ event, step }) => step.run('hold', () => gate.promise.then(() => event.data.n)),
      );
    return [make('skip'), make('cancel')];
  });
  await jobs.send('test/single', { key: 'k', n: 1 });
  await jobs.send('test/single', { key: 'k', n: 2 });
  await jobs.send('test/single', { key: 'other', n: 3 });
  gate.resolve();
  const skipped = await endedRuns('single-skip', 2);
  expect(skipped.map((run) => run.result)).toEqual([1, 3]);
  const replaced = await endedRuns('single-cancel', 3);
  expect(replaced.map((run) => [run.status, run.result])).toEqual([
    ['cancelled', null],
    ['completed', 2],
    ['completed', 3],
  ]);
});

test('priority goes before age', async () => {
  const order: number[] = [];
  const gate = Promise.withResolvers<void>();
  await using jobs = await startHarness(
    (client) => [
      client.createFunction({ id: 'blocker', triggers: [{ event: 'test/block' }] }, () => gate.promise),
      client.createFunction(
        {
          id: 'ranked',
          triggers: [{ event: 'test/ranked' }],
          priority: { run: 'event.data.paid ? 120 : 0' },
        },
        ({ event }) => {
          order.push(event.data.n);
        },
      ),
    ],
    { settings: { concurrency: 1 } },
  );
  await jobs.send('test/block');
  await until(async () => (await storedRuns('blocker'))[0]?.status === 'running');
  await jobs.send('test/ranked', { n: 1, paid: false });
  await jobs.send('test/ranked', { n: 2, paid: true });
  gate.resolve();
  await endedRuns('ranked', 2);
  expect(order).toEqual([2, 1]);
});

test('timeouts cancel a run that does not start or finish in its time', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction(
      { id: 'unfinished', triggers: [{ event: 'test/slow' }], timeouts: { finish: '1m' } },
      ({ step }) => step.sleep('long', '1h'),
    ),
    client.createFunction(
      {
        id: 'unstarted',
        triggers: [{ event: 'test/slow' }],
        timeouts: { start: '1m' },
        throttle: { limit: 1, period: '1h' },
      },
      () => 'started',
    ),
  ]);
  await jobs.send('test/slow');
  await jobs.send('test/slow');
  await until(async () => (await storedRuns('unfinished')).every((run) => run.steps.length === 1));
  await endedRuns('unstarted', 1);
  jobs.clock.advance(61_000);
  const unfinished = await endedRuns('unfinished', 2);
  expect(unfinished.map((run) => run.error)).toMatchObject([
    { message: 'Over timeouts.finish.' },
    { message: 'Over timeouts.finish.' },
  ]);
  expect((await endedRuns('unstarted', 2)).map((run) => run.status)).toEqual(['completed', 'cancelled']);
});

test('a cron tick runs once, however many processes look at the clock', async () => {
  const define = (client: Parameters<Parameters<typeof startHarness>[0]>[0]) => [
    client.createFunction(
      { id: 'ticker', triggers: [{ cron: 'TZ=Europe/Paris */5 * * * *' }] },
      () => 'tick',
    ),
  ];
  await using one = await startHarness(define);
  await using two = await startHarness(define, { settings: { ...fastSettings, pollMs: 10 } });
  for (let tick = 1; tick <= 3; tick++) {
    one.clock.advance(300_000);
    two.clock.advance(300_000);
    await endedRuns('ticker', tick);
  }
  await pause(60);
  expect(await storedRuns('ticker')).toHaveLength(3);
});
