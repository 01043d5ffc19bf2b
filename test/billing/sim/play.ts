import { recordNotices } from '../../../server/modules/billing/notices/record-notices.ts';
import { receiveEvent } from '../../../server/modules/billing/process-event.ts';
import type { CycleKind } from '../../../server/modules/billing/reconcile/cycle.ts';
import { isFullUnfinished, reconcileStep } from '../../../server/modules/billing/reconcile/reconcile.ts';
import { refreshDueEntitlements } from '../../../server/modules/billing/refresh-entitlements.ts';
import { retryEvents } from '../../../server/modules/billing/retry-events.ts';
import type { Delivery } from '../../emulators/stripe/events/delivery.ts';
import { Nothing, perform, pick } from './acts.ts';
import type { History, Move, MoveKind } from './history.ts';
import { judge } from './judge.ts';
import type { Place } from './place.ts';
import { type Plant, Stage } from './stage.ts';
import type { Task } from './turns.ts';

export interface Played {
  readonly seed: number;
  /** What was wrong in the end; nothing when all was right. */
  readonly wrong: readonly string[];
  /** What happened, a line each. */
  readonly told: readonly string[];
}

export type OpenPlace = (now: () => number) => Place;

/** Plays a history to its end and judges it. The same history ends the same, whatever the machine does. */
export async function play(history: History, openPlace: OpenPlace, plant: Plant = {}): Promise<Played> {
  const stage = await Stage.open(history.setting, openPlace, plant);
  const told: string[] = [];
  const { seed } = history.setting;
  try {
    if (seed % 4 !== 0) await finish(stage.begin('the first cycle', () => cycle(stage, 'recent')));
    for (const move of history.moves) {
      const line = await moves[move[0]](stage, move);
      if (line !== '') told.push(`${stamp(stage)} ${line}`);
      stage.take();
      await stage.relay();
    }
    const wrong = await settle(stage, history);
    return { seed, wrong, told };
  } catch (error) {
    return { seed, wrong: [`it broke: ${error instanceof Error ? error.stack : error}`], told };
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

function ready(stage: Stage): Task[] {
  return stage.tasks.filter(({ state }) => state === 'ready');
}

function nameOf({ event }: Delivery): string {
  return `${event.type} ${event.id}`;
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

/** Our door takes a delivery; unless it says 2xx, Stripe sends it again. */
function door(stage: Stage, delivery: Delivery, keep: boolean): Task {
  return stage.begin(`door ${nameOf(delivery)}`, async () => {
    const { body, headers } = stage.emulator.webhooks.requestOf(delivery);
    const signature = headers['stripe-signature'];
    await receiveEvent(stage.deps, { body: new TextEncoder().encode(body), signature });
    const index = stage.wire.indexOf(delivery);
    if (!keep && index >= 0) stage.wire.splice(index, 1);
  });
}

async function cycle(stage: Stage, kind: CycleKind): Promise<void> {
  for (;;) {
    const { done, needsFull } = await reconcileStep(stage.reconciling, kind);
    if (!done) continue;
    if (kind === 'recent' && (needsFull || (await isFullUnfinished(stage.reconciling))))
      await cycle(stage, 'full');
    return;
  }
}

async function finish(task: Task): Promise<void> {
  await task.run();
  if (task.state === 'failed') throw new Error(`${task.name} failed`, { cause: task.error });
}

/** Faults end; what is on its way arrives unless deliveries were lost, and the jobs of an hour run as they do in production. */
async function settle(stage: Stage, { repair, setting }: History): Promise<string[]> {
  const isLossy = repair !== 'none';
  for (const task of ready(stage))
    if (setting.seed % 3 === 0) task.kill();
    else await task.run();
  stage.emulator.api.faults.clear();
  stage.databaseFault = { left: 0, stage: 'before' };
  stage.mailFault = 0;
  for (const seconds of [0, 3_700, 120]) {
    await stage.emulator.advance(seconds);
    stage.take();
    const arrives = stage.wire.splice(0).filter((_, index) => !isLossy || index % 3 === 0);
    for (const delivery of arrives) await finish(door(stage, delivery, true));
    await jobs(stage, setting.seed % 2 === 0);
    await finish(stage.begin('the sweep', () => retryEvents(stage.deps)));
    stage.take();
  }
  for (const delivery of stage.wire.splice(0)) if (!isLossy) await finish(door(stage, delivery, true));
  await jobs(stage, false);
  if (isLossy) await finish(stage.begin(`a cycle (${repair})`, () => cycle(stage, repair)));
  stage.take();
  if (isLossy) stage.wire.splice(0);
  for (const delivery of stage.wire.splice(0)) await finish(door(stage, delivery, true));
  await jobs(stage, false);
  await finish(stage.begin('the minute’s job', () => refreshDueEntitlements(stage.place.rights)));
  const wrong = await judge(stage, isLossy);
  stage.drift = 0;
  await finish(stage.begin('the last cycle', () => cycle(stage, 'full')));
  if (stage.drift > 0) wrong.push(`a cycle after the end finds ${stage.drift} customers that had drifted`);
  return wrong;
}

/** The engine runs what it was told; `lossy` it forgets half of the deliveries, which the sweep then takes up. */
async function jobs(stage: Stage, lossy: boolean): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) {
    await stage.relay();
    for (const [index, job] of stage.jobs.splice(0).entries()) {
      if (lossy && job.name === 'billing/event.received' && index % 2 === 0) continue;
      const task = stage.beginJob(job);
      if (task !== null) await finish(task);
    }
    if (turn === 0) await finish(stage.begin('the notices', () => recordNotices(stage.notices)));
  }
}
