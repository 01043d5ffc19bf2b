import { recordNotices } from '../../../server/modules/billing/notices/record-notices.ts';
import { isFullUnfinished } from '../../../server/modules/billing/reconcile/reconcile.ts';
import { refreshDueEntitlements } from '../../../server/modules/billing/refresh-entitlements.ts';
import { retryEvents } from '../../../server/modules/billing/retry-events.ts';
import type { History } from './history.ts';
import { judge, refusedOf } from './judge.ts';
import type { Stage } from './stage.ts';
import { cycle, door, finish, ready } from './work.ts';

/**
 * The hours after a history: faults end, what is on its way arrives unless deliveries were lost, and our jobs run as in
 * production. Work that stands somewhere dies, ends first, or wakes when all else is done. Resolves what is wrong then.
 */
export async function settle(stage: Stage, { repair, setting }: History): Promise<string[]> {
  const isLossy = repair !== 'none';
  const asleep = setting.seed % 3 === 1 ? ready(stage) : [];
  for (const task of ready(stage))
    if (setting.seed % 3 === 0) task.kill();
    else if (setting.seed % 3 === 2) await task.run();
  stage.databaseFault = { left: 0, stage: 'before' };
  stage.mailFault = 0;
  await lastOutage(stage);
  stage.emulator.api.faults.clear();
  for (const seconds of [3_700, 120]) {
    await stage.emulator.advance(seconds);
    stage.take();
    await arrive(stage, isLossy ? 3 : 1);
    await jobs(stage, { forgets: seconds === 3_700 && setting.seed % 2 === 0 });
    await finish(stage.begin('the sweep', () => retryEvents(stage.deps)));
  }
  for (const task of asleep) await task.run();
  stage.take();
  await arrive(stage, isLossy ? Number.POSITIVE_INFINITY : 1);
  await jobs(stage);
  // What the night's cycle finds unfinished has passed some customers before they changed; the hourly one ends it.
  if (repair === 'full' && (await isFullUnfinished(stage.reconciling)))
    await finish(stage.begin('the cycle that was cut short', () => cycle(stage, 'full')));
  if (isLossy) await finish(stage.begin(`a cycle (${repair})`, () => cycle(stage, repair)));
  stage.take();
  await arrive(stage, isLossy ? Number.POSITIVE_INFINITY : 1);
  await jobs(stage);
  await finish(stage.begin('the minute’s job', () => refreshDueEntitlements(stage.place.rights)));
  const wrong = await judge(stage);
  stage.drift = 0;
  await finish(stage.begin('the last cycle', () => cycle(stage, 'full')));
  // A second customer takes the place of one that is deleted when all are looked at; a person was called.
  const refused = stage.members.flatMap((member) => [...refusedOf(stage, member)]);
  if (stage.drift > refused.length)
    wrong.push(`a cycle after the end finds ${stage.drift} customers that had drifted`);
  return wrong;
}

/** In two of five histories Stripe is away while what is on its way arrives. */
async function lastOutage(stage: Stage): Promise<void> {
  if (stage.setting.seed % 5 > 1) return;
  const times = 1 + (stage.setting.seed % 7);
  stage.emulator.api.faults.clear();
  stage.emulator.fail({ kind: 'status', status: 503, shouldRetry: false, times });
  stage.take();
  await arrive(stage, 1);
  await stage.relay();
  for (const job of stage.jobs) await stage.beginJob(job)?.run();
}

/** Of what is on its way every so manyth delivery arrives; the others are lost. */
async function arrive(stage: Stage, every: number): Promise<void> {
  const waiting = stage.wire.splice(0);
  for (const [index, delivery] of waiting.entries())
    if (index % every === 0 && every !== Number.POSITIVE_INFINITY) await finish(door(stage, delivery, true));
}

/** The engine runs what it was told; one that `forgets` loses half of the deliveries, which the sweep then takes up. */
async function jobs(stage: Stage, { forgets = false } = {}): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) {
    await stage.relay();
    for (const [index, job] of stage.jobs.splice(0).entries()) {
      if (forgets && job.name === 'billing/event.received' && index % 2 === 0) continue;
      const task = stage.beginJob(job);
      if (task !== null) await finish(task);
    }
    if (turn === 0) await finish(stage.begin('the notices', () => recordNotices(stage.notices)));
  }
}
