import { NonRetriableError, RetryAfterError } from 'inngest';
import { expect, test } from 'vitest';
import { endedRun, startHarness, storedRuns, until } from './harness.ts';

/** What the SDK calls onFailure with; it types it as any. */
interface FailureCall {
  readonly event: { readonly data: { readonly event: { readonly data: unknown } } };
  readonly error: Error;
}

test('steps run once each, in order, and the function returns their results', async () => {
  const calls: string[] = [];
  await using jobs = await startHarness((client) => [
    client.createFunction(
      { id: 'ordered', triggers: [{ event: 'test/ordered' }] },
      async ({ event, step }) => {
        const a = await step.run('a', () => calls.push('a'));
        const b = await step.run('b', () => calls.push('b'));
        const c = await step.run('c', () => {
          calls.push('c');
          return { from: event.data.who };
        });
        return { a, b, c };
      },
    ),
  ]);
  await jobs.send('test/ordered', { who: 'Robin' });
  const run = await endedRun('ordered');
  expect(run.status).toBe('completed');
  expect(run.result).toEqual({ a: 1, b: 2, c: { from: 'Robin' } });
  expect(calls).toEqual(['a', 'b', 'c']);
  expect(run.steps.map((step) => [step.name, step.status])).toEqual([
    ['a', 'done'],
    ['b', 'done'],
    ['c', 'done'],
  ]);
});

test('parallel steps all run, once each, and meet again', async () => {
  const calls: string[] = [];
  let together = 0;
  let most = 0;
  await using jobs = await startHarness((client) => [
    client.createFunction({ id: 'parallel', triggers: [{ event: 'test/parallel' }] }, async ({ step }) => {
      const work = (name: string) => async () => {
        calls.push(name);
        most = Math.max(most, ++together);
        await new Promise((done) => setTimeout(done, 60));
        together--;
        return name;
      };
      const all = await Promise.all(['x', 'y', 'z'].map((name) => step.run(name, work(name))));
      return step.run('join', () => all.join(''));
    }),
  ]);
  await jobs.send('test/parallel');
  const run = await endedRun('parallel');
  expect(run.result).toBe('xyz');
  expect(calls.sort()).toEqual(['x', 'y', 'z']);
  expect(most).toBeGreaterThan(1);
});

test('a race goes on with the first step that is done; the SDK ends the run after the last', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction({ id: 'race', triggers: [{ event: 'test/race' }] }, async ({ step, group }) => {
      const first = await group.parallel({ mode: 'race' }, () =>
        Promise.race([step.run('fast', () => 'fast'), step.sleep('slow', '1h').then(() => 'slow')]),
      );
      return step.run('after', () => `won: ${first}`);
    }),
  ]);
  await jobs.send('test/race');
  const isAfter = (step: { name: string; status: string }) => step.name === 'after' && step.status === 'done';
  await until(async () => (await storedRuns('race'))[0]?.steps.some(isAfter) ?? false);
  jobs.clock.advance(3_600_001);
  expect((await endedRun('race')).result).toBe('won: fast');
});

test('a failing step is retried alone; steps before it are not repeated', async () => {
  const calls: string[] = [];
  await using jobs = await startHarness((client) => [
    client.createFunction({ id: 'retried', triggers: [{ event: 'test/retried' }] }, async ({ step }) => {
      await step.run('before', () => calls.push('before'));
      return step.run('flaky', () => {
        calls.push('flaky');
        if (calls.length < 4) throw new Error('not yet');
        return 'at last';
      });
    }),
  ]);
  await jobs.send('test/retried');
  const run = await endedRun('retried');
  expect(run.result).toBe('at last');
  expect(calls).toEqual(['before', 'flaky', 'flaky', 'flaky']);
  expect(run.steps.find((step) => step.name === 'flaky')?.attempts).toBe(3);
});

test('a step that fails for good can be caught by the function', async () => {
  let tries = 0;
  await using jobs = await startHarness((client) => [
    client.createFunction(
      { id: 'caught', retries: 1, triggers: [{ event: 'test/caught' }] },
      async ({ step }) => {
        const outcome = await step
          .run('broken', () => {
            tries++;
            throw new Error('always');
          })
          .catch((error: Error) => error.message);
        return step.run('mend', () => `mended: ${outcome}`);
      },
    ),
  ]);
  await jobs.send('test/caught');
  expect((await endedRun('caught')).result).toBe('mended: always');
  expect(tries).toBe(2);
});

test('attempts are capped: a poison job is parked as failed with its reason, and others flow', async () => {
  let tries = 0;
  await using jobs = await startHarness((client) => [
    client.createFunction({ id: 'poison', retries: 2, triggers: [{ event: 'test/poison' }] }, () => {
      tries++;
      throw new Error('cannot digest');
    }),
    client.createFunction({ id: 'healthy', triggers: [{ event: 'test/poison' }] }, ({ step }) =>
      step.run('ok', () => 'ok'),
    ),
  ]);
  await jobs.send('test/poison');
  expect((await endedRun('healthy')).status).toBe('completed');
  const run = await endedRun('poison');
  expect(run.status).toBe('failed');
  expect(run.error).toMatchObject({ message: 'cannot digest' });
  expect(tries).toBe(3);
});

test('NonRetriableError ends the run at once and calls onFailure with the original event', async () => {
  let tries = 0;
  const failures: unknown[] = [];
  await using jobs = await startHarness((client) => [
    client.createFunction(
      {
        id: 'final',
        triggers: [{ event: 'test/final' }],
        onFailure: ({ event, error }: FailureCall) => {
          failures.push([event.data.event.data, error.message]);
        },
      },
      async ({ step }) => {
        await step.run('no', () => {
          tries++;
          throw new NonRetriableError('never');
        });
      },
    ),
  ]);
  await jobs.send('test/final', { question: 7 });
  expect((await endedRun('final')).status).toBe('failed');
  expect((await endedRun('final-failure')).status).toBe('completed');
  expect(tries).toBe(1);
  expect(failures).toEqual([[{ question: 7 }, 'never']]);
});

test('RetryAfterError decides when the next attempt comes', async () => {
  const tries: number[] = [];
  await using jobs = await startHarness((client) => [
    client.createFunction({ id: 'later', triggers: [{ event: 'test/later' }] }, ({ step }) =>
      step.run('wait', () => {
        tries.push(Date.now());
        if (tries.length === 1) throw new RetryAfterError('busy', 60_000);
        return 'done';
      }),
    ),
  ]);
  await jobs.send('test/later');
  await until(() => tries.length === 1);
  await new Promise((done) => setTimeout(done, 150));
  expect(tries).toHaveLength(1);
  jobs.clock.advance(61_000);
  expect((await endedRun('later')).result).toBe('done');
});

test('sleep and sleepUntil hold the run until their time', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction({ id: 'sleeper', triggers: [{ event: 'test/sleep' }] }, async ({ step }) => {
      await step.sleep('nap', '90m');
      await step.sleepUntil('night', new Date(Date.now() + 5 * 3_600_000));
      return 'rested';
    }),
  ]);
  await jobs.send('test/sleep');
  await until(async () => (await storedRuns('sleeper'))[0]?.steps.length === 1);
  jobs.clock.advance(89 * 60_000);
  await new Promise((done) => setTimeout(done, 80));
  expect((await storedRuns('sleeper'))[0]?.steps[0]?.status).toBe('pending');
  jobs.clock.advance(2 * 60_000);
  await until(async () => (await storedRuns('sleeper'))[0]?.steps.length === 2);
  jobs.clock.advance(4 * 3_600_000);
  expect((await endedRun('sleeper')).result).toBe('rested');
});

test('an output that cannot be stored ends the run with the reason', async () => {
  await using jobs = await startHarness(
    (client) => [
      client.createFunction({ id: 'huge', triggers: [{ event: 'test/huge' }] }, ({ step }) =>
        step.run('rows', () => 'x'.repeat(20_000)),
      ),
      client.createFunction({ id: 'nul', triggers: [{ event: 'test/huge' }] }, ({ step }) =>
        step.run('text', () => 'a\u0000b'),
      ),
    ],
    { settings: { maxOutputBytes: 10_000 } },
  );
  await jobs.send('test/huge');
  expect((await endedRun('huge')).error).toMatchObject({ message: expect.stringContaining('10000') });
  expect((await endedRun('nul')).error).toMatchObject({ message: expect.stringContaining('U+0000') });
});

test('an answer that is not of the protocol costs attempts and ends with its reason', async () => {
  await using jobs = await startHarness(
    (client) => [
      client.createFunction({ id: 'garbled', retries: 1, triggers: [{ event: 'test/garbled' }] }, () => 1),
      client.createFunction({ id: 'odd-op', retries: 0, triggers: [{ event: 'test/garbled' }] }, () => 1),
      client.createFunction({ id: 'silent', retries: 0, triggers: [{ event: 'test/garbled' }] }, () => 1),
      client.createFunction({ id: 'bad-sleep', retries: 0, triggers: [{ event: 'test/garbled' }] }, () => 1),
    ],
    {
      wrap: (handler) => async (request) => {
        if (request.url.includes('garbled')) return new Response('<html>', { status: 200 });
        const reply = (body: unknown) => new Response(JSON.stringify(body), { status: 206 });
        if (request.url.includes('odd-op')) return reply([{ id: 'x', op: 'AIGateway' }]);
        if (request.url.includes('bad-sleep')) return reply([{ id: 'x', op: 'Sleep', name: 'for ever' }]);
        return request.url.includes('silent') ? reply([]) : handler(request);
      },
    },
  );
  await jobs.send('test/garbled');
  const reasons = await Promise.all(
    ['garbled', 'odd-op', 'silent', 'bad-sleep'].map(async (id) => (await endedRun(id)).error),
  );
  expect(reasons).toMatchObject([
    { name: 'SyntaxError' },
    { name: 'UnsupportedOperation', message: expect.stringContaining('AIGateway') },
    { name: 'NoProgress' },
    { message: expect.stringContaining('for ever') },
  ]);
});
