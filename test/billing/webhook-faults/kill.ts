import { openDoor } from './open-door.ts';
import { post, type Telling } from './tell.ts';

export interface KillReport {
  /** Server processes that were killed with SIGKILL. */
  readonly kills: number;
  /** Deliveries that were stored and not answered when their server was killed. */
  readonly unanswered: number;
}

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
  const open = () => openDoor(variables, { jobs: false });
  let [kills, unanswered] = [0, 0];
  let again: readonly Telling[] = [];
  let next = open();
  for (let from = 0; from < tellings.length; from += each) {
    const door = await next;
    next = open();
    await expectTaken(door.url, again);
    const now = tellings.slice(from, from + each);
    await door.child.ask('hold', { ids: now.map(({ id }) => id) });
    const told = now.map((telling) => post(door.url, telling));
    await Promise.race([door.child.ask('held'), ...told.map(refuseAnswer)]);
    await door.child.stop();
    await Promise.all(told.map(refuseAnswer));
    kills += 1;
    unanswered += now.length;
    again = now.toReversed();
  }
  const door = await next;
  await expectTaken(door.url, again);
  await door.child.stop();
  return { kills, unanswered };
}

/** Resolves when the connection broke. */
async function refuseAnswer(told: Promise<number | null>): Promise<void> {
  const status = await told;
  if (status !== null) throw new Error(`a delivery was answered ${status} that was to be left open`);
}

async function expectTaken(url: string, tellings: readonly Telling[]): Promise<void> {
  const statuses = await Promise.all(tellings.map((telling) => post(url, telling)));
  const wrong = statuses.find((status) => status !== 200);
  if (wrong !== undefined) throw new Error(`a delivery that was told again was answered ${wrong}`);
}
