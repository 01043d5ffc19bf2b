import { withSystemScope } from '../../db/tx.ts';
import { dispatchEvents } from './dispatch.ts';
import type { Engine, Work } from './engine.ts';

/** Runs one transaction of the executor; events its body causes are dispatched before it commits. */
export function transact<T>(engine: Engine, body: (work: Work) => Promise<T>): Promise<T> {
  return withSystemScope(engine.database, 'write', async (scope) => {
    const work: Work = { engine, scope, now: new Date(engine.clock.now()), followUps: [] };
    const result = await body(work);
    while (work.followUps.length > 0) await dispatchEvents(work, work.followUps.splice(0));
    return result;
  });
}
