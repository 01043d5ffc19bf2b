import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../db/client.ts';
import { newId } from '../../server/core/ids.ts';
import { createRunSignals, type OpenRunSignals } from '../../server/runs/signals.ts';
import { testDatabase, testDatabaseUrl } from '../support/database.ts';

let database: Database;
let url: string;
beforeAll(async () => {
  database = await testDatabase();
  url = await testDatabaseUrl();
});

describe('run signals', () => {
  it('wake subscribers of this process once a tick, at its end', async () => {
    const signals = createRunSignals({ database: null });
    const runId = newId('run');
    let wakes = 0;
    signals.subscribe(runId, () => {
      wakes += 1;
    });
    signals.publish(runId);
    signals.publish(runId);
    signals.publish(newId('run'));
    expect(wakes).toBe(0);
    await Promise.resolve();
    expect(wakes).toBe(1);
    await signals.close();
  });

  it('stop with unsubscribe and leave nothing behind', async () => {
    const signals = createRunSignals({ database: null });
    const runId = newId('run');
    let wakes = 0;
    const wake = () => {
      wakes += 1;
    };
    const leave = [signals.subscribe(runId, wake), signals.subscribe(runId, wake)];
    leave[0]?.();
    leave[0]?.();
    signals.publish(runId);
    await Promise.resolve();
    expect(wakes).toBe(1);
    leave[1]?.();
    expect(signals.size).toBe(0);
    signals.publish(runId);
    await Promise.resolve();
    expect(wakes).toBe(1);
    await signals.close();
  });

  it('reach another process, and are not heard twice by their own', async () => {
    await using pair = await openPair();
    const runId = newId('run');
    const counts = { own: 0, other: 0 };
    pair.here.subscribe(runId, () => {
      counts.own += 1;
    });
    pair.there.subscribe(runId, () => {
      counts.other += 1;
    });
    pair.here.publish(runId);
    await until(() => counts.other === 1);
    await sleep(30);
    expect(counts).toEqual({ own: 1, other: 1 });
  });

  it('of many runs go out as few statements', async () => {
    await using pair = await openPair();
    const runIds = Array.from({ length: 500 }, () => newId('run'));
    const heard = new Set<string>();
    for (const runId of runIds) pair.there.subscribe(runId, () => heard.add(runId));
    for (let tick = 0; tick < 10; tick += 1) {
      for (const runId of runIds) pair.here.publish(runId);
      await sleep(2);
    }
    await until(() => heard.size === 500);
    expect(pair.statements()).toBeLessThanOrEqual(5);
  });

  it('wake everybody after a lost connection: what was published meanwhile went unheard', async () => {
    await using pair = await openPair();
    let wakes = 0;
    pair.there.subscribe(newId('run'), () => {
      wakes += 1;
    });
    await database.main`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'signals-there' and query like 'listen %'`;
    await until(() => wakes === 1);
    const runId = newId('run');
    let heard = false;
    pair.there.subscribe(runId, () => {
      heard = true;
    });
    pair.here.publish(runId);
    await until(() => heard);
  });

  it('are only a hint: a database that is gone is noted, not thrown', async () => {
    const notes: string[] = [];
    const gone = openDatabase({
      url: 'postgres://nobody@127.0.0.1:1/none',
      poolSize: 1,
      slowPoolSize: 1,
      prepare: true,
      applicationName: 'gone',
    });
    const signals = createRunSignals({ database: gone, onNote: (text) => notes.push(text) });
    signals.publish(newId('run'));
    await until(() => notes.length >= 2);
    expect(new Set(notes)).toEqual(new Set(['not listening for run signals', 'a run signal was not sent']));
    await signals.close();
    await gone.close();
  });
});

interface Pair extends AsyncDisposable {
  readonly here: OpenRunSignals;
  readonly there: OpenRunSignals;
  statements(): number;
}

/** Two processes as far as signals can tell. */
async function openPair(): Promise<Pair> {
  const opened = ['here', 'there'].map((name) =>
    openDatabase({ url, poolSize: 2, slowPoolSize: 1, prepare: true, applicationName: `signals-${name}` }),
  );
  const [first = database, second = database] = opened;
  let statements = 0;
  const main = new Proxy(first.main, {
    get(target, name, receiver) {
      if (name === 'unsafe') statements += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  const here = createRunSignals({ database: { main, direct: first.direct } });
  const there = createRunSignals({ database: second });
  await Promise.all([here.listening, there.listening]);
  return {
    here,
    there,
    statements: () => statements,
    async [Symbol.asyncDispose]() {
      await Promise.all([here.close(), there.close()]);
      await Promise.all(opened.map((one) => one.close()));
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5000; !holds(); await sleep(5)) {
    if (Date.now() > deadline) throw new Error('did not happen within 5 s');
  }
}
