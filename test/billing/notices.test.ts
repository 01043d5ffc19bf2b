import { and, eq, like, sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/client.ts';
import { billingEffects, entitlementOverrides, subscriptions } from '../../db/schema/billing.ts';
import { memberships, users } from '../../db/schema/identity.ts';
import { outbox } from '../../db/schema/operations.ts';
import { withSystemScope } from '../../db/tx.ts';
import { newId } from '../../server/core/ids.ts';
import type { Tier } from '../../server/core/tiers.ts';
import type { SubscriptionSnapshot } from '../../server/integrations/payments/port.ts';
import { recordNotices } from '../../server/modules/billing/notices/record-notices.ts';
import { sendNotice } from '../../server/modules/billing/notices/send-notice.ts';
import { postgresNoticeStore } from '../../server/modules/billing/notices/store.postgres.ts';
import { refreshEntitlements } from '../../server/modules/billing/refresh-entitlements.ts';
import { testDatabase, testOrganisation } from '../support/database.ts';
import { Mailbox } from '../support/mailbox.ts';
import { DAY, NOW, snapshot } from './snapshot.ts';

let database: Database;
let orgId: string;
let owner: string;
let mailbox: Mailbox;

beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  await withSystemScope(database, 'write', ({ db }) => db.delete(subscriptions));
  ({ orgId, userId: owner } = await testOrganisation(database, { tier: 'repx0' }));
  mailbox = new Mailbox();
});

async function stands(changes: Partial<SubscriptionSnapshot>): Promise<void> {
  const sub = snapshot({ id: `sub_${orgId}`, ...changes });
  const { id, customerId, status, tier, cycle } = sub;
  const row = { id, customerId, livemode: false, status, tier, cycle, isCurrent: true, snapshot: { ...sub } };
  await withSystemScope(database, 'write', ({ db }) =>
    db
      .insert(subscriptions)
      .values({ ...row, orgId })
      .onConflictDoUpdate({ target: subscriptions.id, set: row }),
  );
  await withSystemScope(database, 'write', (scope) => refreshEntitlements(scope, orgId, false));
}

/** What the organisation may do is computed, as after a payment for a plan of that tier. */
const allows = (tier: Tier) => stands({ status: 'active', tier });

const record = (at: number) =>
  recordNotices({ ...postgresNoticeStore(database, false), now: async () => new Date(at) });

const told = () =>
  withSystemScope(database, 'read', ({ db }) =>
    db
      .select({ name: outbox.name, eventId: outbox.eventId, data: outbox.data })
      .from(outbox)
      .where(and(eq(outbox.orgId, orgId), like(outbox.name, 'billing/%'))),
  );

/** Sends what the outbox holds, each so many times. */
async function send(times = 1): Promise<void> {
  const deps = {
    store: postgresNoticeStore(database, false),
    email: mailbox,
    page: 'https://app.example.com/pricing',
  };
  for (const { name, data } of await told())
    for (let time = 0; time < times && name === 'billing/notice.due'; time += 1)
      await sendNotice(deps, { orgId, key: String(data.key) });
}

test('a late payment is told on day 0, 5 and 7, to owner and admins, once each however often the jobs run', async () => {
  const admin = newId('user');
  await withSystemScope(database, 'write', async ({ db }) => {
    for (const [id, role] of [
      [admin, 'admin'],
      [newId('user'), 'rep'],
    ] as const) {
      await db.insert(users).values({ id, email: `${id}@example.com`, displayName: 'Sam Example' });
      await db.insert(memberships).values({ orgId, userId: id, role });
    }
  });
  await stands({ status: 'past_due', pastDueSince: NOW, paidThrough: null });
  const subjects: number[] = [];
  for (let hour = -24; hour < 12 * 24; hour += 6) {
    await Promise.all([record(NOW + (hour * DAY) / 24), record(NOW + (hour * DAY) / 24)]);
    await send(2);
    subjects.push(mailbox.sent.length);
  }
  expect(subjects.indexOf(2) * 6 - 24).toBe(0);
  expect(subjects.indexOf(4) * 6 - 24).toBe(5 * 24);
  expect(subjects.indexOf(6) * 6 - 24).toBe(7 * 24);
  expect(mailbox.sent).toHaveLength(6);
  expect(new Set(mailbox.sent.map(({ to }) => to))).toEqual(
    new Set([`${owner}@example.com`, `${admin}@example.com`]),
  );
  expect(new Set(mailbox.sent.map(({ id }) => id)).size).toBe(6);
});

test('who paid before the mail left is not told', async () => {
  await stands({ status: 'past_due', pastDueSince: NOW });
  await record(NOW);
  await stands({ status: 'active' });
  await send();
  expect(mailbox.sent).toEqual([]);
  expect(await openEffects()).toBe(0);
});

test('while the mail server is away nothing is marked as sent; later it goes out under the same id', async () => {
  await stands({ status: 'past_due', pastDueSince: NOW });
  await record(NOW);
  mailbox.down = true;
  await expect(send()).rejects.toThrow('does not answer');
  expect(await openEffects()).toBe(1);
  mailbox.down = false;
  await send(3);
  expect(mailbox.sent.map(({ id }) => id)).toEqual([`${orgId}:payment-failed:sub_${orgId}:${NOW}:${owner}`]);
});

describe('phone numbers after the end of a plan', () => {
  const ended = { status: 'canceled', endedAt: NOW, paidThrough: NOW } as const;
  const released = async () =>
    (await told()).filter(({ name }) => name === 'billing/numbers.release-due').map(({ data }) => data);
  const kinds = async () => (await told()).map(({ eventId }) => eventId.split(':')[1]);

  beforeEach(() => allows('repx3'));

  test('are announced for release 30 days later, once, after notices at 30, 7 and 1 day', async () => {
    await stands(ended);
    for (let day = 0; day < 40; day += 1) await record(NOW + day * DAY + 1);
    await record(NOW + 39 * DAY);
    expect(await released()).toEqual([
      { orgId, subscriptionId: `sub_${orgId}`, releaseAt: new Date(NOW + 30 * DAY).toISOString() },
    ]);
    expect(await kinds()).toEqual([
      'plan-ended',
      'numbers-kept-30-days',
      'numbers-kept-7-days',
      'numbers-kept-1-day',
      'numbers-released',
    ]);
  });

  test('are kept while a person granted a tier', async () => {
    await stands(ended);
    await withSystemScope(database, 'write', ({ db }) =>
      db.insert(entitlementOverrides).values({
        orgId,
        id: 'goodwill',
        tier: 'repx4',
        reason: 'test',
        startsAt: new Date(NOW - DAY),
      }),
    );
    await record(NOW + 31 * DAY);
    expect(await released()).toEqual([]);
    expect(await kinds()).not.toContain('plan-ended');
  });

  test('that was given a tier for a while are counted down anew from its end, however long after', async () => {
    const [endedAt, until] = [NOW - 120 * DAY, NOW - 40 * DAY];
    await stands({ status: 'canceled', endedAt, paidThrough: endedAt });
    await withSystemScope(database, 'write', ({ db }) =>
      db.insert(entitlementOverrides).values({
        ...{ orgId, id: 'goodwill', tier: 'repx3', reason: 'test' },
        ...{ startsAt: new Date(endedAt), endsAt: new Date(until) },
      }),
    );
    for (let day = 0; day <= 30; day += 1) await record(until + day * DAY + 1);
    expect(await released()).toMatchObject([{ releaseAt: new Date(until + 30 * DAY).toISOString() }]);
    expect((await kinds()).slice(0, 3)).toEqual([
      'numbers-kept-30-days',
      'numbers-kept-7-days',
      'numbers-kept-1-day',
    ]);
  });

  test('are told of and released also after a step down to a plan that has none, and once', async () => {
    await allows('repx1');
    await stands({ ...ended, tier: 'repx1' });
    for (let day = 0; day < 35; day += 1) await record(NOW + day * DAY + 1);
    await stands({ ...ended, tier: 'repx1', lastPaidAt: NOW });
    for (let day = 35; day < 70; day += 1) await record(NOW + day * DAY + 1);
    expect(await released()).toHaveLength(1);
    expect(await kinds()).toContain('numbers-kept-30-days');
  });

  test('are not spoken of to who never could have any', async () => {
    const { orgId: other } = await testOrganisation(database, { tier: 'repx1' });
    orgId = other;
    await allows('repx1');
    await stands({ ...ended, tier: 'repx1' });
    for (let day = 0; day < 35; day += 1) await record(NOW + day * DAY + 1);
    expect(await kinds()).toEqual(['plan-ended']);
  });

  test('are kept by who subscribes again', async () => {
    await stands(ended);
    await record(NOW + 1);
    await stands({ status: 'active' });
    for (let day = 1; day < 40; day += 1) await record(NOW + day * DAY);
    expect(await released()).toEqual([]);
  });
});

async function openEffects(): Promise<number> {
  const rows = await withSystemScope(database, 'read', ({ db }) =>
    db
      .select({ open: sql<number>`count(*)::int` })
      .from(billingEffects)
      .where(sql`org_id = ${orgId} and done_at is null`),
  );
  return rows[0]?.open ?? 0;
}
