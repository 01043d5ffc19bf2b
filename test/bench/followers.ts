import { parseArgs } from 'node:util';
import { Child } from './sockets/child.ts';
import { type Contender, contenders } from './sockets/token.ts';

export interface FollowerRow {
  readonly contender: Contender;
  readonly followers: number;
  /** KiB of resident memory and of JS heap for each open follower, after full GC, warm process subtracted. */
  readonly rssKiB: number;
  readonly heapKiB: number;
}

const here = new URL('./sockets/', import.meta.url);
const WARM = 100;
const KIB = 1_024;

/** Waits until the server knows `count` followers; a subscription is open when its procedure ran. */
async function settled(server: Child, count: number): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    if ((await server.ask<number>('sinks')) >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('not every follower subscribed');
}

async function measure(contender: Contender, followers: number): Promise<FollowerRow> {
  const server = new Child(new URL('server.ts', here), [contender]);
  const clients = [1, 2, 3, 4].map(() => new Child(new URL('clients.ts', here), []));
  try {
    const port = await server.ask<number>('listen');
    const connect = (client: Child | undefined, count: number, host: number) =>
      client?.ask('connect', { contender, port, count, localAddress: `127.0.0.${host}` });
    await connect(clients[0], WARM, 1);
    await settled(server, WARM);
    const before = await server.ask<{ rss: number; heap: number }>('rss');
    await Promise.all(clients.map((client, index) => connect(client, followers / clients.length, index + 1)));
    await settled(server, WARM + followers);
    const after = await server.ask<{ rss: number; heap: number }>('rss');
    const each = (bytes: number) => Math.round((bytes / followers / KIB) * 100) / 100;
    return {
      contender,
      followers,
      rssKiB: each(after.rss - before.rss),
      heapKiB: each(after.heap - before.heap),
    };
  } finally {
    await Promise.all([server, ...clients].map((child) => child.stop()));
  }
}

/** Bench (b): memory of idle followers, one process a contender, clients on 127.0.0.1-4. Floor: gateway <= 22 KiB at 10,000. */
export async function benchFollowers({ followers = 10_000 } = {}): Promise<FollowerRow[]> {
  const rows: FollowerRow[] = [];
  for (const contender of contenders) rows.push(await measure(contender, followers));
  return rows;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, followers: { type: 'string' } } });
  const rows = await benchFollowers({ followers: Number(values.followers ?? 10_000) });
  if (values.json === true) console.log(JSON.stringify(rows));
  else console.table(rows);
}
