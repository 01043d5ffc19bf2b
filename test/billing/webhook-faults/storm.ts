import { openDoor } from './open-door.ts';
import { inTurns, post, type Telling } from './tell.ts';

const SERVERS = 3;
const COPIES = 5;
/** Events under way at once; five times as many deliveries. */
const WIDTH = 8;

/**
 * Tells every event five times at the same moment, spread over three servers whose jobs run (F50), then leaves the servers to
 * `settle`. Resolves how many deliveries were acknowledged; throws for any other answer.
 */
export async function storm(
  variables: Readonly<Record<string, string>>,
  tellings: readonly Telling[],
  settle: () => Promise<void>,
): Promise<number> {
  const doors = await Promise.all(Array.from({ length: SERVERS }, () => openDoor(variables, { jobs: true })));
  try {
    let acknowledged = 0;
    await inTurns(tellings, WIDTH, async (telling, index) => {
      const copies = Array.from({ length: COPIES }, (_, copy) =>
        post(doors[(index + copy) % SERVERS]?.url ?? '', telling),
      );
      for (const status of await Promise.all(copies)) {
        if (status !== 200) throw new Error(`${telling.id} was answered ${status}`);
        acknowledged += 1;
      }
    });
    await settle();
    return acknowledged;
  } finally {
    await Promise.all(doors.map(({ child }) => child.stop()));
  }
}
