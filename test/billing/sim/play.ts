import { recordNotices } from '../../../server/modules/billing/notices/record-notices.ts';
import { refreshDueEntitlements } from '../../../server/modules/billing/refresh-entitlements.ts';
import { retryEvents } from '../../../server/modules/billing/retry-events.ts';
import { Nothing, perform, pick } from './acts.ts';
import type { History, Move, MoveKind } from './history.ts';
import { settle } from './settle.ts';
import { type OpenPlace, type Plant, Stage } from './stage.ts';
import type { Task } from './turns.ts';
import { cycle, door, finish, nameOf, ready } from './work.ts';

export interface Played {
  readonly seed: number;
  /** What was wrong in the end; nothing when all was right. */
  readonly wrong: readonly string[];
  /** What happened, a line each. */
  readonly told: readonly string[];
  /** What Stripe said of it, in events. */
  readonly events: number;
}

/** Plays a history to its end and judges it. The same history ends the same, whatever the machine does. */
export async function play(history: History, openPlace: OpenPlace, plant: Plant = {}): Promise<Played> {
  const stage = await Stage.open(history.setting, openPlace, plant);
  const told: string[] = [];
  const { seed } = history.setting;
  try {
    if (seed % 4 !== 0 || history.repair === 'recent')
      await finish(stage.begin('the first cycle', () => cycle(stage, 'recent')));
    for (const move of history.moves) {
      const line = await moves[move[0]](stage, move);
      if (line !== '') told.push(`${stamp(stage)} ${line}`);
      stage.take();
      await stage.relay();
    }
    const wrong = await settle(stage, history);
    return { seed, wrong, told, events: stage.emulator.world.events.all.length };
  } catch (error) {
    return { seed, wrong: [`it broke: ${error instanceof Error ? error.stack : error}`], told, events: 0 };
  }
}

function stamp(stage: Stage): string {
  return new Date(stage.emulator.world.time.now * 1000).toISOString().slice(5, 19).replace('T', ' ');
}

const waits = [0, 1, 30, 90, 3_600, 7_200, 86_400, 3 * 86_400, 8 * 86_400, 16 * 86_400, 31 * 86_400];

type Mover = (stage: Stage, move: Move) => string | Promise<string>;

const moves: Readonly<Record<MoveKind, Mover>> = {
  act: async (stage, [, a, b, c, name = 'card']) => {
    const member = pick(stage.members, (a * 7.3) % 1);
    return perform(stage, name, member, [a, b, c]);
  },
  wait: async (stage, [, a]) => {
    const seconds = pick(waits, a);
    await stage.emulator.advance(seconds);
    return `${seconds} s pass`;
  },
  deliver: (stage, [, a, b]) => deliver(stage, { at: a, points: b, keep: false }),
  'deliver-again': (stage, [, a, b]) => deliver(stage, { at: a, points: b, keep: true }),
  lose: (stage, [, a]) =>
    orNothing(() => {
      const lost = pick(stage.wire, a);
      stage.wire.splice(stage.wire.indexOf(lost), 1);
      return `lost: ${nameOf(lost)}`;
    }),
  job: (stage, [, a, b]) =>
    orNothing(async () => {
      const job = pick(stage.jobs, a);
      const task = stage.beginJob(job);
      if (task === null) {
        stage.jobs.splice(stage.jobs.indexOf(job), 1);
        return '';
      }
      return go(task, b);
    }),
  sweep: (stage, [, , b]) =>
    go(
      stage.begin('the sweep', () => retryEvents(stage.deps)),
      b,
    ),
  minute: (stage, [, , b]) =>
    go(
      stage.begin('the minute’s job', () => refreshDueEntitlements(stage.place.rights)),
      b,
    ),
  notices: (stage, [, , b]) =>
    go(
      stage.begin('the notices', () => recordNotices(stage.notices)),
      b,
    ),
  reconcile: (stage, [, a, b]) => {
    const kind = a < 0.7 ? 'recent' : 'full';
    return go(
      stage.begin(`a cycle (${kind})`, () => cycle(stage, kind)),
      b,
    );
  },
  run: (stage, [, a, b]) => orNothing(() => go(pick(ready(stage), a), b)),
  kill: (stage, [, a]) =>
    orNothing(() => {
      const task = pick(ready(stage), a);
      task.kill();
      return `dies: ${task.name} at ${task.at}`;
    }),
  'kill-all': (stage) => {
    const all = ready(stage);
    for (const task of all) task.kill();
    return all.length === 0 ? '' : `all ${all.length} of our processes die`;
  },
  'vendor-fault': (stage, [, a, b, c]) => {
    const fault = pick(
      [
        { kind: 'status', status: 500, shouldRetry: false },
        { kind: 'status', status: 503, shouldRetry: false },
        { kind: 'status', status: 429, shouldRetry: false },
        { kind: 'status', status: 500, at: 'after', shouldRetry: false },
        { kind: 'status', status: 500, at: 'after', shouldRetry: false },
        { kind: 'reset', at: 'after' },
        { kind: 'reset', at: 'before' },
        { kind: 'half-body' },
        { kind: 'status', status: 400, shouldRetry: false },
      ] as const,
      a,
    );
    stage.emulator.fail({ ...fault, times: 1 + Math.floor(b * 3), skip: Math.floor(c * 3) });
    return `Stripe will fail (${fault.kind}${'status' in fault ? ` ${fault.status}` : ''})`;
  },
  'database-fault': (stage, [, a, b]) => {
    stage.databaseFault = { left: 1 + Math.floor(a * 3), stage: b < 0.5 ? 'before' : 'after' };
    return `our database will fail ${stage.databaseFault.left} times, ${stage.databaseFault.stage} the work`;
  },
  'mail-fault': (stage) => {
    stage.mailFault = 1;
    return 'the mail server will fail';
  },
};

async function orNothing(act: () => string | Promise<string>): Promise<string> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Nothing) return '';
    throw error;
  }
}

/** How far a task goes: mostly to its end, else over one to five of its calls. */
async function go(task: Task, share: number): Promise<string> {
  const points = share < 0.45 ? 1 + Math.floor((share / 0.45) * 10) : Number.POSITIVE_INFINITY;
  await task.run(points);
  return `${task.name}: ${outcome(task)}`;
}

function outcome(task: Task): string {
  if (task.state === 'ready') return `stands at ${task.at}`;
  return task.state === 'failed'
    ? `fails (${task.error instanceof Error ? task.error.message : task.error})`
    : task.state;
}

interface Sending {
  readonly at: number;
  readonly points: number;
  readonly keep: boolean;
}

function deliver(stage: Stage, { at, points, keep }: Sending): Promise<string> {
  return orNothing(() => {
    const delivery = pick(stage.wire, at);
    return go(door(stage, delivery, keep), points);
  });
}
