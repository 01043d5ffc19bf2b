import { invoke } from 'inngest';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { endedRun, endedRuns, startHarness, storedRuns, until } from './harness.ts';

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const waitsFor = (id: string) => async () =>
  (await storedRuns(id))[0]?.steps.some((step) => step.status === 'pending') ?? false;

test('waitForEvent takes the matching event, ignores others, and times out to null', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction({ id: 'waiter', triggers: [{ event: 'test/order' }] }, async ({ step }) => {
      const paid = await step.waitForEvent('payment', {
        event: 'test/paid',
        timeout: '1d',
        if: 'async.data.order == event.data.order && async.data.cents > 100',
      });
      const shipped = await step.waitForEvent('shipping', { event: 'test/shipped', timeout: '1d' });
      return { cents: paid?.data.cents, shipped };
    }),
  ]);
  await jobs.send('test/order', { order: 'A' });
  await until(waitsFor('waiter'));
  await jobs.send('test/paid', { order: 'B', cents: 500 });
  await jobs.send('test/paid', { order: 'A', cents: 50 });
  await jobs.send('test/paid', { order: 'A' });
  await pause(60);
  expect((await storedRuns('waiter'))[0]?.steps).toHaveLength(1);
  await jobs.send('test/paid', { order: 'A', cents: 700 });
  await until(async () => (await storedRuns('waiter'))[0]?.steps.length === 2);
  jobs.clock.advance(86_400_000);
  expect((await endedRun('waiter')).result).toEqual({ cents: 700, shipped: null });
});

test('a condition that is not an expression fails the step, not the executor', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction({ id: 'badwait', triggers: [{ event: 'test/badwait' }] }, ({ step }) =>
      step
        .waitForEvent('w', { event: 'test/x', timeout: '1d', if: 'async.data.(' })
        .catch((error: Error) => error.message),
    ),
  ]);
  await jobs.send('test/badwait');
  expect((await endedRun('badwait')).result).toContain('not a CEL expression');
});

test('invoke answers with the value or the error of the other function, and sendEvent sends once', async () => {
  const heard: unknown[] = [];
  await using jobs = await startHarness((client) => {
    const square = client.createFunction(
      { id: 'square', triggers: [invoke(z.object({ n: z.number() }))] },
      async ({ event, step }) => {
        const halves = await Promise.all([
          step.run('l', () => Number(event.data.n)),
          step.run('r', () => Number(event.data.n)),
        ]);
        return halves[0] * halves[1];
      },
    );
    const broken = client.createFunction({ id: 'broken', retries: 0, triggers: [] }, () => {
      throw new Error('out of order');
    });
    const listener = client.createFunction(
      { id: 'listener', triggers: [{ event: 'test/told.*' }] },
      ({ event }) => {
        heard.push(event.name);
      },
    );
    const caller = client.createFunction(
      { id: 'caller', triggers: [{ event: 'test/call' }] },
      async ({ step }) => {
        const nine = await step.invoke('nine', { function: square, data: { n: 3 } });
        const why = await step
          .invoke('no', { function: broken, data: {} })
          .catch((error: Error) => error.message);
        await step.sendEvent('tell', [{ name: 'test/told.one' }, { name: 'test/told.two' }]);
        return { nine, why };
      },
    );
    return [square, broken, listener, caller];
  });
  await jobs.send('test/call');
  expect((await endedRun('caller')).result).toEqual({ nine: 9, why: 'out of order' });
  await endedRuns('listener', 2);
  expect(heard.sort()).toEqual(['test/told.one', 'test/told.two']);
});

test('an event id seen before has no effect, also when both come at once', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction({ id: 'once', triggers: [{ event: 'test/once' }] }, ({ event }) => event.data.n),
  ]);
  await Promise.all([1, 2, 3, 4, 5].map(() => jobs.send('test/once', { n: 1 }, 'evt_same')));
  await jobs.send('test/once', { n: 2 }, 'evt_other');
  await endedRuns('once', 2);
  await pause(50);
  expect((await storedRuns('once')).map((run) => run.result)).toEqual([1, 2]);
});

test('cancelOn ends only the runs whose condition holds, and the step in flight is not recorded', async () => {
  const gate = Promise.withResolvers<void>();
  let inStep = 0;
  await using jobs = await startHarness((client) => [
    client.createFunction(
      {
        id: 'cancellable',
        triggers: [{ event: 'test/begin' }],
        cancelOn: [{ event: 'test/stop', match: 'data.job' }],
      },
      async ({ event, step }) => {
        await step.run('long', async () => {
          inStep++;
          await gate.promise;
        });
        return event.data.job;
      },
    ),
  ]);
  await jobs.send('test/begin', { job: 1 });
  await jobs.send('test/begin', { job: 2 });
  await until(() => inStep === 2);
  await jobs.send('test/stop', { job: 1 });
  await endedRuns('cancellable', 1);
  gate.resolve();
  const [first, second] = await endedRuns('cancellable', 2);
  expect([first?.status, first?.steps]).toEqual(['cancelled', []]);
  expect([second?.status, second?.result]).toEqual(['completed', 2]);
});

test('an event of the future starts its run when its time comes', async () => {
  await using jobs = await startHarness((client) => [
    client.createFunction({ id: 'future', triggers: [{ event: 'test/future' }] }, () => 'now'),
  ]);
  await jobs.executor.send([{ name: 'test/future', ts: jobs.clock.now() + 3_600_000 }]);
  await pause(60);
  expect((await storedRuns('future')).map((run) => run.status)).toEqual(['queued']);
  jobs.clock.advance(3_600_001);
  expect((await endedRun('future')).result).toBe('now');
});

test('an event that is too large or reserved is refused with the reason', async () => {
  await using jobs = await startHarness(() => [], { settings: { maxEventBytes: 1_000 } });
  await expect(jobs.send('test/large', { text: 'x'.repeat(1_001) })).rejects.toThrow('1000 bytes');
  await expect(jobs.executor.send([{ name: 'inngest/function.failed' }])).rejects.toThrow('reserved');
  await expect(jobs.executor.send([{ name: 'test/nul', data: { a: '\u0000' } }])).rejects.toThrow('U+0000');
});
