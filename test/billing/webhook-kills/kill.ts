import { Child } from '../../bench/sockets/child.ts';
import { scratchFolder } from '../../support/server-process.ts';

/** A signed delivery, as it goes over the wire, and the event it tells of. */
export interface Telling {
  readonly id: string;
  request(): { readonly body: string; readonly headers: Readonly<Record<string, string>> };
}

export interface KillReport {
  /** Server processes that were killed with SIGKILL. */
  readonly kills: number;
  /** Deliveries that were stored and not answered when their server was killed. */
  readonly unanswered: number;
}

const door = new URL('./door.ts', import.meta.url);

/**
 * Tells all deliveries, `each` at a time, to one server after the other; each server is killed (SIGKILL, from outside) when it
 * has stored all it was told and answered none, and the next is told them again, as Stripe does. Throws where a server
 * answers what it must not, or does not take what is told again.
 */
export async function killServers(
  variables: Readonly<Record<string, string>>,
  tellings: readonly Telling[],
  each: number,
): Promise<KillReport> {
  using data = scratchFolder();
  const open = async () => {
    const child = new Child(door, []);
    const port = await child.ask<number>('open', { variables: { ...variables, DATA_DIR: data.path } });
    return { child, url: `http://127.0.0.1:${port}/webhooks/stripe` };
  };
  let [kills, unanswered] = [0, 0];
  let again: readonly Telling[] = [];
  let next = open();
  for (let from = 0; from < tellings.length; from += each) {
    const { child, url } = await next;
    next = open();
    await expectTaken(url, again);
    const now = tellings.slice(from, from + each);
    await child.ask('hold', { ids: now.map(({ id }) => id) });
    const told = now.map((telling) => post(url, telling));
    await child.ask('held');
    await child.stop();
    const answered = (await Promise.all(told)).filter((status) => status !== null);
    if (answered.length > 0) throw new Error(`a delivery was answered ${answered[0]} by a killed server`);
    kills += 1;
    unanswered += now.length;
    again = now.toReversed();
  }
  const { child, url } = await next;
  await expectTaken(url, again);
  await child.stop();
  return { kills, unanswered };
}

async function expectTaken(url: string, tellings: readonly Telling[]): Promise<void> {
  const statuses = await Promise.all(tellings.map((telling) => post(url, telling)));
  const wrong = statuses.find((status) => status !== 200);
  if (wrong !== undefined) throw new Error(`a delivery that was told again was answered ${wrong}`);
}

/** The status of the answer; null when the connection broke. */
async function post(url: string, telling: Telling): Promise<number | null> {
  const { body, headers } = telling.request();
  try {
    const response = await fetch(url, { method: 'POST', body, headers });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}
