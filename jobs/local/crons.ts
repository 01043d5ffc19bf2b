import { Cron } from 'croner';
import { insertNewEvents } from '../../db/queries/job-events.ts';
import { admitRun } from './admission.ts';
import { internalEvents } from './end-run.ts';
import type { Engine } from './engine.ts';
import type { LocalFunction } from './function-config.ts';
import { transact } from './transact.ts';

/** One schedule of one function and the tick it fires next. */
interface Schedule {
  readonly fn: LocalFunction;
  readonly expression: string;
  readonly cron: Cron;
  next: Date | null;
}

/** The schedules of all functions, from now on: ticks of the time before are not made up for. Throws on a bad expression. */
export function readSchedules(functions: Iterable<LocalFunction>, now: Date): Schedule[] {
  const schedules: Schedule[] = [];
  for (const fn of functions) {
    for (const trigger of fn.triggers) {
      if (!('cron' in trigger)) continue;
      // Inngest's way to name a zone: "TZ=Europe/Paris 0 9 * * *".
      const [, timezone = 'UTC', pattern = trigger.cron] = /^TZ=(\S+)\s+(.+)$/.exec(trigger.cron) ?? [];
      const cron = new Cron(pattern, { timezone, paused: true });
      schedules.push({ fn, expression: trigger.cron, cron, next: cron.nextRun(now) });
    }
  }
  return schedules;
}

/** Fires every schedule whose tick has come; after a pause only its latest tick. */
export async function fireSchedules(engine: Engine, schedules: readonly Schedule[]): Promise<void> {
  const now = new Date(engine.clock.now());
  for (const schedule of schedules) {
    let tick: Date | null = null;
    while (schedule.next && schedule.next <= now) {
      tick = schedule.next;
      schedule.next = schedule.cron.nextRun(tick);
    }
    if (tick) await fire(engine, schedule, tick);
  }
}

/** Starts the run of one tick. Its event id names function and tick, so that only one process of all starts it. */
function fire(engine: Engine, { fn, expression }: Schedule, tick: Date): Promise<void> {
  return transact(engine, async (work) => {
    const id = `cron:${fn.id}:${expression}:${tick.toISOString()}`;
    const event = { id, name: internalEvents.cron, data: { cron: expression } };
    const fresh = await insertNewEvents(work.scope, [{ ...event, receivedAt: work.now }]);
    if (fresh.has(id)) await admitRun(work, fn, { events: [{ ...event, ts: tick.getTime() }] });
  });
}
