import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { runs } from '../../db/schema/runs.ts';
import { withSystemScope } from '../../db/tx.ts';
import { answers, done, opened, says, scripted } from '../ai/scripted-provider.ts';
import { engineSuite } from './engine-suite.ts';
import { person, shown } from './engine-world.ts';

const suite = engineSuite();

describe('a run', () => {
  it('of a draining process may finish in the grace, then ends typed; followers go on to the end', async () => {
    const one = await suite.instanceOf(
      scripted(
        'openai',
        [opened, says('Nearly'), 150, says(' done.'), done()],
        [opened, says('Long'), 20_000],
      ),
    );
    const quick = await one.start(suite.robin);
    const long = await one.start(suite.robin);
    const viewer = one.follow(suite.robin, quick.runId);
    const drained = one.engine.drain(600);
    const late = one.follow(suite.robin, long.runId);
    await drained;
    expect(shown(await viewer).end).toMatchObject({ type: 'run.completed', text: 'Nearly done.' });
    expect(shown(await late).end).toMatchObject({
      type: 'run.incomplete',
      reason: 'interrupted',
      text: 'Long',
    });
    expect(one.engine.stats().producing).toBe(0);
  });

  it('is not begun by a draining process: the start is refused, retryable, with nothing stored; another process takes it', async () => {
    const one = await suite.instanceOf(scripted('openai', [opened, says('Long'), 300, done()]));
    const other = await suite.instanceOf(scripted('openai', answers('Here.')));
    const sam = await person(suite.database);
    const { runId: before } = await one.start(sam, { clientKey: 'before' });
    const drained = one.engine.drain(2_000);
    const clientKey = randomUUID();
    await expect(one.start(sam, { clientKey })).rejects.toMatchObject({
      code: 'server.draining',
      kind: 'upstream',
      retryable: true,
      detail: { retryAfterMs: expect.any(Number) },
    });
    const stored = await withSystemScope(suite.database, 'read', ({ db }) =>
      db.select({ id: runs.id }).from(runs).where(eq(runs.orgId, sam.orgId)),
    );
    expect(stored).toEqual([{ id: before }]);
    expect((await one.start(sam, { clientKey: 'before' })).runId, 'a repeated start is still known').toBe(
      before,
    );
    const { runId } = await other.start(sam, { clientKey });
    expect(shown(await one.follow(sam, runId)).end).toMatchObject({ type: 'run.completed', text: 'Here.' });
    await drained;
  });

  it('that was committed while the drain began ends at once and typed, where the grace is over', async () => {
    const one = await suite.instanceOf(scripted('openai', [opened, 20_000]));
    const other = await suite.instanceOf(scripted('openai', [opened, 20_000]));
    await one.engine.drain(0);
    const { runId, conversationId } = await other.start(suite.robin);
    const { orgId, userId: ownerId } = suite.robin;
    const rest = {
      agentId: 'agt_closer',
      app: 'repconnect',
      limitSeconds: null,
      requiredTier: null,
    } as const;
    one.engine.launch({ orgId, runId, conversationId, ownerId, ...rest });
    expect(shown(await other.follow(suite.robin, runId)).end).toMatchObject({ code: 'run.interrupted' });
  });
});
