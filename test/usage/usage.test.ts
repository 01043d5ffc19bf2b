import { randomUUID } from 'node:crypto';
import { and, eq, like } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grantUnits } from '../../db/queries/billing-effects.ts';
import { appendOutbox } from '../../db/queries/operations.ts';
import { outbox } from '../../db/schema/operations.ts';
import { usageEntries } from '../../db/schema/usage.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import { Effects } from '../../server/core/effects.ts';
import type { Tier } from '../../server/core/tiers.ts';
import { reserveUsage, settleUsage } from '../../server/modules/usage/reserve-usage.ts';
import type { UsageSummary } from '../../server/modules/usage/usage.contract.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';

let server: TestBackend;
beforeAll(async () => {
  server = await testBackend();
  server.backend.engine.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const ask = (who: SignedIn, input: Record<string, unknown> = {}) =>
  server.mutate(
    'runs.start',
    { agentId: 'harvey-specter', message: 'How do I open?', clientKey: randomUUID(), ...input },
    { token: who.token },
  );

async function summary(who: SignedIn): Promise<UsageSummary> {
  return (await server.query('usage.summary', undefined, { token: who.token }))
    .data as unknown as UsageSummary;
}

type Counting = Parameters<typeof reserveUsage>[0];

/** Counts in a transaction of its own, which keeps the events as a call would. */
async function counting(who: SignedIn, act: (call: Counting) => Promise<unknown>): Promise<void> {
  await withOrgScope(await testDatabase(), who.orgId, 'write', async (scope) => {
    const effects = new Effects();
    await act({ scope, effects, ports: server.backend.ports });
    const told = effects.drain().map(({ id, ...effect }) => ({ eventId: id, ...effect }));
    if (told.length > 0) await appendOutbox(scope, told);
  });
}

type Limited = 'aiQueries' | 'researchScans';

const use = (who: SignedIn, meter: Limited, quantity: number, tier: Tier = 'repx5') =>
  counting(who, (call) =>
    settleUsage(call, { tier }, { meter, sourceId: randomUUID(), quantity, app: 'crm' }),
  );

/** Sets scans of a plan with ten a day aside. */
const hold = (who: SignedIn, sourceId: string, quantity: number) =>
  counting(who, (call) =>
    reserveUsage(
      call,
      { tier: 'repx2', access: 'full', spend: 'open' },
      { meter: 'researchScans', sourceId, quantity },
    ),
  );

async function warnings({ orgId }: SignedIn) {
  const rows = await withSystemScope(await testDatabase(), 'read', ({ db }) =>
    db
      .select()
      .from(outbox)
      .where(and(eq(outbox.orgId, orgId), like(outbox.name, 'usage/%'))),
  );
  return rows.map(({ name, data }) => [name, data.meter, data.used]);
}

describe('AI queries', () => {
  test('are counted once an answer, and refused typed at the limit of the plan', async () => {
    const free = await server.signIn({ tier: 'repx0' });
    await use(free, 'aiQueries', 9);
    const started = await ask(free);
    expect(started.failure).toBeNull();
    await expect.poll(async () => (await summary(free)).meters.aiQueries.used).toBe(10);
    const refused = await ask(free);
    expect(refused.status).toBe(429);
    expect(refused.failure).toMatchObject({
      code: 'usage.limit-reached',
      retryable: false,
      requiredTier: 'repx1',
      limit: { limit: 10, used: 10, resetsAt: (await summary(free)).meters.aiQueries.resetsAt },
    });
  });

  test('one of several starts at once gets the last one', async () => {
    const free = await server.signIn({ tier: 'repx0' });
    await use(free, 'aiQueries', 9);
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(free)));
    expect(answers.filter(({ failure }) => failure === null)).toHaveLength(1);
    const refusals = answers.flatMap(({ failure }) => failure ?? []);
    for (const refusal of refusals)
      expect(refusal).toMatchObject({ code: 'usage.limit-reached', limit: { limit: 10, used: 10 } });
  });

  test('a start that is repeated under its key counts once', async () => {
    const member = await server.signIn({ tier: 'repx1' });
    const clientKey = randomUUID();
    await ask(member, { clientKey });
    await ask(member, { clientKey });
    await expect.poll(async () => (await summary(member)).meters.aiQueries.used).toBe(1);
  });

  test('have no limit on the highest plan, and are in the ledger all the same', async () => {
    const elite = await server.signIn({ tier: 'repx5' });
    await ask(elite);
    await expect
      .poll(async () => (await summary(elite)).meters.aiQueries)
      .toMatchObject({ used: 1, limit: null, remaining: null });
  });

  test('an answer is recorded with its app, its conversation and its time', async () => {
    const member = await server.signIn({ tier: 'repx2' });
    const { data } = await ask(member);
    const rows = async () =>
      withOrgScope(await testDatabase(), member.orgId, 'read', ({ db }) =>
        db
          .select()
          .from(usageEntries)
          .where(and(eq(usageEntries.orgId, member.orgId), eq(usageEntries.sourceId, String(data?.runId)))),
      );
    await expect.poll(async () => (await rows()).length).toBe(2);
    for (const row of await rows())
      expect(row).toMatchObject({ app: 'global', subject: data?.conversationId });
    expect((await rows()).find(({ meter }) => meter === 'agentMilliseconds')?.quantity).toBeGreaterThan(0);
  });
});

test('at four fifths of a limit one warning is recorded, however much is used after it', async () => {
  const member = await server.signIn({ tier: 'repx0' });
  await use(member, 'aiQueries', 7);
  await ask(member);
  await expect.poll(async () => (await summary(member)).meters.aiQueries.used).toBe(8);
  await ask(member);
  expect(await warnings(member)).toEqual([['usage/limit.approached', 'aiQueries', 8]]);
});

describe('use that nothing was reserved for', () => {
  test('warns once when it passes four fifths, and not for a plan without the limit', async () => {
    const member = await server.signIn({ tier: 'repx2' });
    await use(member, 'researchScans', 7, 'repx2');
    expect(await warnings(member)).toEqual([]);
    await use(member, 'researchScans', 5, 'repx2');
    await use(member, 'researchScans', 1, 'repx2');
    expect(await warnings(member)).toEqual([['usage/limit.approached', 'researchScans', 12]]);
    const elite = await server.signIn({ tier: 'repx5' });
    await use(elite, 'researchScans', 1_000, 'repx5');
    expect(await warnings(elite)).toEqual([]);
  });

  test('warns once, whoever of many at once passes it', async () => {
    const member = await server.signIn({ tier: 'repx2' });
    await Promise.all(Array.from({ length: 20 }, () => use(member, 'researchScans', 1, 'repx2')));
    expect(await warnings(member)).toEqual([['usage/limit.approached', 'researchScans', 8]]);
  });

  test('and use that was reserved warn once together, at once or after each other', async () => {
    const member = await server.signIn({ tier: 'repx2' });
    const both = (index: number) =>
      index % 2 === 0 ? use(member, 'researchScans', 1, 'repx2') : hold(member, `scan-${index}`, 1);
    await Promise.all(Array.from({ length: 10 }, (_, index) => both(index)));
    expect(await warnings(member)).toEqual([['usage/limit.approached', 'researchScans', 8]]);
    await use(member, 'researchScans', 1, 'repx2');
    expect(await warnings(member)).toHaveLength(1);
  });

  test('beyond what was reserved warns when that passes it', async () => {
    const member = await server.signIn({ tier: 'repx2' });
    await hold(member, 'scan', 2);
    await counting(member, (call) =>
      settleUsage(
        call,
        { tier: 'repx2' },
        { meter: 'researchScans', sourceId: 'scan', quantity: 9, app: 'crm' },
      ),
    );
    expect(await warnings(member)).toEqual([['usage/limit.approached', 'researchScans', 9]]);
  });
});

describe('the warning of a window', () => {
  test('is not given again once its event was sent and removed', async () => {
    const member = await server.signIn({ tier: 'repx2' });
    await hold(member, 'given-back', 8);
    expect(await warnings(member)).toHaveLength(1);
    await withSystemScope(await testDatabase(), 'write', ({ db }) =>
      db.delete(outbox).where(eq(outbox.orgId, member.orgId)),
    );
    await counting(member, (call) =>
      settleUsage(
        call,
        { tier: 'repx2' },
        { meter: 'researchScans', sourceId: 'given-back', quantity: 0, app: 'crm' },
      ),
    );
    await hold(member, 'again', 9);
    expect(await warnings(member)).toEqual([]);
  });

  test('is given by the next use after the plan became smaller', async () => {
    const member = await server.signIn({ tier: 'repx1' });
    await use(member, 'aiQueries', 45, 'repx2');
    expect(await warnings(member)).toEqual([]);
    await ask(member);
    expect(await warnings(member)).toEqual([['usage/limit.approached', 'aiQueries', 46]]);
  });
});

describe('the summary', () => {
  test('says what research needs: scans used, left, the day’s limit and its reset', async () => {
    const member = await server.signIn({ tier: 'repx2' });
    await use(member, 'researchScans', 4);
    const now = new Date();
    expect(await summary(member)).toMatchObject({
      tier: 'repx2',
      scansUsed: 4,
      scansRemaining: 6,
      dailyLimit: 10,
      upgradeAvailable: true,
      resetsAt: new Date(
        Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1),
      ).toISOString(),
    });
  });

  test('streams: as it is, then after a use', async () => {
    const member = await server.signIn({ tier: 'repx2' });
    const abort = new AbortController();
    const response = await server.backend.http.request('/trpc/usage.follow', {
      headers: { authorization: `Bearer ${member.token}`, accept: 'text/event-stream' },
      signal: abort.signal,
    });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        for (const [, text] of chunk.matchAll(/^data: (\{.*"scansUsed".*)$/gm))
          seen.push((JSON.parse(text ?? '') as UsageSummary).scansUsed);
      }
    })().catch(() => {});
    await expect.poll(() => seen).toEqual([0]);
    await use(member, 'researchScans', 3);
    await expect.poll(() => seen, { timeout: 1000 }).toEqual([0, 3]);
    abort.abort();
    await reading;
  });
});

test('units that were bought are used by whoever may spend at all, as one whose plan has ended; else they wait', async () => {
  const who = await server.signIn({ tier: 'repx0' });
  const grant = { orgId: who.orgId, meter: 'aiQueries', sourceId: randomUUID(), quantity: 2, livemode: true };
  await withSystemScope(await testDatabase(), 'write', (scope) => grantUnits(scope, grant));
  await use(who, 'aiQueries', 10, 'repx0');
  const reserve = (spend: 'included' | 'none') =>
    counting(who, (call) =>
      reserveUsage(
        call,
        { tier: 'repx0', access: 'full', spend },
        { meter: 'aiQueries', sourceId: randomUUID(), quantity: 1 },
      ),
    );
  await expect(reserve('none')).rejects.toMatchObject({ code: 'billing.read-only' });
  await reserve('included');
  await reserve('included');
  await expect(reserve('included')).rejects.toMatchObject({ code: 'usage.limit-reached' });
});
