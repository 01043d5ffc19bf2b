import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { withSystemScope } from '../../db/tx.ts';
import type { FetchTicket } from '../../server/modules/billing/billing-store.ts';
import { clusterPort } from '../support/cluster.ts';
import { MemoryPlace } from './sim/memory.ts';
import type { Place } from './sim/place.ts';
import { openPostgresPlaces, type PostgresPlaces } from './sim/postgres.ts';
import { DAY, NOW, snapshot } from './snapshot.ts';

// One suite for what billing keeps its memory in: the simulation's verdicts are worth what its memory is like Postgres.

const [ORG, OTHER] = ['1', '2'].map((digit) => `org_${digit.repeat(32)}`) as [string, string];
const OWNER = `usr_${'3'.repeat(32)}`;
const MINUTE = 60_000;

let places: PostgresPlaces;
beforeAll(async () => {
  places = await openPostgresPlaces(await clusterPort(inject('clusterFolder')));
});
afterAll(() => places[Symbol.asyncDispose]());

let now = NOW;
let place: Place;
let store: Place['store'];

const kinds: [string, () => Place | Promise<Place>][] = [
  ['memory', () => new MemoryPlace(() => now)],
  ['postgres', () => places.open(() => now)],
];

async function ticketOf(customerId: string): Promise<FetchTicket> {
  const ticket = (await store.issueFetch(customerId)) ?? (await store.adopt(ORG, customerId));
  if (ticket === null) throw new Error('nobody’s');
  return ticket;
}

const event = (id: string, customerId: string | null = 'cus_1') =>
  store.receive({ id, type: 'customer.updated', payload: `{"id":"${id}"}`, customerId }, null);

describe.each(kinds)('billing’s memory in %s', (_kind, open) => {
  beforeEach(async () => {
    now = NOW;
    place = await open();
    ({ store } = place);
    const contacts = [{ userId: OWNER, email: 'owner@example.com' }];
    await place.addOrganisation({ orgId: ORG, name: 'Example', contacts });
    await place.addOrganisation({ orgId: OTHER, name: 'Other', contacts: [] });
  });

  const organisation = () => place.organisation(ORG);
  const apply = async (subscriptions: ReturnType<typeof snapshot>[], customerId = 'cus_1', deleted = false) =>
    store.apply(await ticketOf(customerId), { deleted, subscriptions });
  const sub = (changes: Parameters<typeof snapshot>[0]) => snapshot({ customerId: 'cus_1', ...changes });

  describe('deliveries', () => {
    test('are stored once with the event that starts them, however many bring them at once', async () => {
      const answers = await Promise.all(Array.from({ length: 5 }, () => event('evt_1')));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await place.outbox()).toEqual([
        {
          eventId: 'billing.event:evt_1',
          name: 'billing/event.received',
          data: { eventId: 'evt_1', customer: 'cus_1' },
        },
      ]);
    });

    test('with an outcome are done, and nobody is told', async () => {
      await store.receive({ id: 'evt_1', type: 'x', payload: '{}', customerId: null }, 'wrong-mode');
      expect(await place.event('evt_1')).toMatchObject({ state: 'done', outcome: 'wrong-mode' });
      expect([await place.outbox(), await store.claimEvent('evt_1')]).toEqual([[], null]);
    });

    test('are claimed by one of many, again when its lease has run out, and the later attempt has the say', async () => {
      await event('evt_1');
      const claims = await Promise.all(Array.from({ length: 5 }, () => store.claimEvent('evt_1')));
      const [first] = claims.filter((claim) => claim !== null);
      expect(claims.filter((claim) => claim !== null)).toEqual([
        { id: 'evt_1', payload: '{"id":"evt_1"}', attempts: 1, isCovered: false },
      ]);
      now += MINUTE;
      expect(await store.claimEvent('evt_1')).toBeNull();
      now += 1;
      const second = await store.claimEvent('evt_1');
      expect(second?.attempts).toBe(2);
      if (first == null || second === null) throw new Error('not claimed');
      await store.finishEvent(first, 'applied');
      await store.failEvent(first, 'late');
      expect(await place.event('evt_1')).toMatchObject({ state: 'processing', attempts: 2 });
      await store.finishEvent(second, 'older');
      expect(await place.event('evt_1')).toMatchObject({ state: 'done', outcome: 'older' });
      expect(await store.claimEvent('evt_1')).toBeNull();
    });

    test('that failed come up after 5 s, then twice as long each time, to an hour at most', async () => {
      await event('evt_1');
      for (const seconds of [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]) {
        const claim = await store.claimEvent('evt_1');
        if (claim === null) throw new Error('not claimed');
        await store.failEvent(claim, 'why');
        now += seconds * 1000 - 1;
        expect(await store.listStaleEvents({ olderThanMs: MINUTE, limit: 9 })).toEqual([]);
        now += 1;
        expect(await store.listStaleEvents({ olderThanMs: MINUTE, limit: 9 })).toEqual(['evt_1']);
      }
    });

    test('whose job or process was lost come up, oldest first and no more than asked for', async () => {
      for (const id of ['evt_1', 'evt_2', 'evt_3']) {
        await event(id);
        now += 1000;
      }
      expect(await store.listStaleEvents({ olderThanMs: MINUTE, limit: 9 })).toEqual([]);
      now += MINUTE;
      await store.claimEvent('evt_2');
      expect(await store.listStaleEvents({ olderThanMs: MINUTE, limit: 9 })).toEqual(['evt_1', 'evt_3']);
      now += MINUTE + 1;
      expect(await store.listStaleEvents({ olderThanMs: MINUTE, limit: 2 })).toEqual(['evt_1', 'evt_2']);
    });
  });

  describe('an event is covered', () => {
    const isCovered = async (id: string) => {
      const claim = await store.claimEvent(id);
      if (claim !== null) await store.failEvent(claim, 'looked only');
      return claim?.isCovered;
    };

    test('by a fetch that began after it came and was applied, not by one that had begun or that is under way', async () => {
      const before = await ticketOf('cus_1');
      await event('evt_1');
      expect(await isCovered('evt_1')).toBe(false);
      await store.apply(before, { deleted: false, subscriptions: [] });
      expect(await isCovered('evt_1')).toBe(false);
      const after = await ticketOf('cus_1');
      expect(await isCovered('evt_1')).toBe(false);
      await store.apply(after, { deleted: false, subscriptions: [] });
      expect(await isCovered('evt_1')).toBe(true);
    });

    test('by any fetch of a customer that was nobody’s when it came; never where it names none', async () => {
      await event('evt_1');
      await event('evt_2', null);
      await event('evt_3', 'cus_2');
      await apply([]);
      expect([await isCovered('evt_1'), await isCovered('evt_2'), await isCovered('evt_3')]).toEqual([
        true,
        false,
        false,
      ]);
    });

    test('not while a duplicate is owed its end', async () => {
      await event('evt_1');
      const double = { status: 'active', checkoutId: 'chk_2', createdAt: NOW, tier: 'repx1' } as const;
      await apply([sub({ id: 'sub_1' }), sub({ id: 'sub_2', ...double })]);
      expect(await isCovered('evt_1')).toBe(false);
      await store.finishEffect(ORG, 'duplicate:sub_2');
      expect(await isCovered('evt_1')).toBe(true);
    });

    test('not while a move owes what it takes back once it is paid', async () => {
      await event('evt_1');
      const held = sub({ id: 'sub_1', cancelAtPeriodEnd: true });
      await apply([held]);
      const move = { subscription: held, tier: 'repx4', cycle: 'monthly', prorationDate: null } as const;
      await place.oweKeeping({ orgId: ORG, id: 'wish', move });
      expect(await isCovered('evt_1')).toBe(false);
      const [owed] = await store.openEffects(ORG);
      await store.finishEffect(ORG, owed?.key ?? '');
      expect(await isCovered('evt_1')).toBe(true);
    });
  });

  describe('customers', () => {
    test('are mapped once; an organisation has one that is not deleted', async () => {
      const tickets = await Promise.all(['cus_1', 'cus_2'].map((id) => store.adopt(ORG, id)));
      const mine = tickets.find((ticket) => ticket !== null)?.customerId ?? '';
      expect(tickets.filter((ticket) => ticket !== null)).toHaveLength(1);
      expect(await store.customerOf(ORG)).toBe(mine);
      expect(await store.adopt(OTHER, mine)).toBeNull();
      expect(await store.adopt(`org_${'9'.repeat(32)}`, 'cus_3')).toBeNull();
      expect(await store.issueFetch('cus_3')).toBeNull();
      await apply([], mine, true);
      expect(await store.customerOf(ORG)).toBeNull();
      expect(await store.adopt(ORG, 'cus_3')).toMatchObject({ orgId: ORG, number: 1 });
    });

    test('give each fetch its own number', async () => {
      await store.adopt(ORG, 'cus_1');
      const tickets = await Promise.all(Array.from({ length: 8 }, () => store.issueFetch('cus_1')));
      expect(tickets.map((ticket) => ticket?.number).toSorted()).toEqual([2, 3, 4, 5, 6, 7, 8, 9].toSorted());
    });

    test('have what is long over settled: ends of periods that ended more than 60 days ago', async () => {
      const day = 86_400_000;
      const ended = { status: 'canceled', tier: 'repx1', createdAt: NOW - 200 * day } as const;
      await apply([
        sub({
          ...{ ...ended, id: 'sub_kept', currentPeriodEnd: now - 61 * day },
          ...{ paidThrough: now - 61 * day, lastPaidAt: now - 91 * day },
        }),
        sub({ ...ended, id: 'sub_credited', currentPeriodEnd: now - 61 * day, paidThrough: null }),
        sub({ ...ended, id: 'sub_recent', currentPeriodEnd: now - 59 * day, paidThrough: null }),
        sub({ ...ended, id: 'sub_lives', status: 'past_due', currentPeriodEnd: now - 61 * day }),
      ]);
      const { settled } = await ticketOf('cus_1');
      expect(Object.fromEntries(settled)).toEqual({
        sub_kept: {
          paidThrough: now - 61 * day,
          lastPaidAt: now - 91 * day,
          currentPeriodEnd: now - 61 * day,
        },
        sub_credited: { paidThrough: null, lastPaidAt: null, currentPeriodEnd: now - 61 * day },
      });
      expect((await place.live.store.issueFetch('cus_1'))?.settled ?? null).toBeNull();
    });

    test('not checked since an instant are listed in order of their ids; deleted ones are not', async () => {
      await store.adopt(ORG, 'cus_b');
      await store.adopt(OTHER, 'cus_a');
      const page = { since: new Date(now + 1), after: '', limit: 9 };
      expect(await store.listUnchecked(page)).toEqual(['cus_a', 'cus_b']);
      expect(await store.listUnchecked({ ...page, limit: 1 })).toEqual(['cus_a']);
      expect(await store.listUnchecked({ ...page, after: 'cus_a' })).toEqual(['cus_b']);
      now += 5;
      await apply([], 'cus_b');
      expect(await store.listUnchecked(page)).toEqual(['cus_a']);
      expect(await store.listUnchecked({ ...page, since: new Date(now + 1) })).toEqual(['cus_a', 'cus_b']);
      await apply([], 'cus_b', true);
      expect(await store.listUnchecked({ ...page, since: new Date(now + 1) })).toEqual(['cus_a']);
    });
  });

  describe('what was fetched', () => {
    test('is applied unless a later fetch was, in whatever order they come', async () => {
      const tickets = [await ticketOf('cus_1'), await ticketOf('cus_1'), await ticketOf('cus_1')];
      const [one, two, three] = tickets as [FetchTicket, FetchTicket, FetchTicket];
      const subscriptions = [sub({ id: 'sub_1', tier: 'repx3' })];
      expect(await store.apply(two, { deleted: false, subscriptions })).toEqual({
        drifted: true,
        changed: true,
        alerts: [],
      });
      const older = [sub({ id: 'sub_1', tier: 'repx5' })];
      expect(await store.apply(one, { deleted: false, subscriptions: older })).toBeNull();
      expect(await store.apply(two, { deleted: false, subscriptions: older })).toBeNull();
      expect(await organisation()).toMatchObject({ tier: 'repx3', currentId: 'sub_1' });
      const again = await store.apply(three, { deleted: false, subscriptions });
      expect(again).toEqual({ drifted: false, changed: false, alerts: [] });
      expect((await organisation()).rights?.version).toBe(1);
    });

    test('by many at once leaves what the latest fetch brought', async () => {
      const tickets = await Promise.all(Array.from({ length: 6 }, () => ticketOf('cus_1')));
      const tiers = ['repx0', 'repx1', 'repx2', 'repx3', 'repx4', 'repx5'] as const;
      const ordered = tickets.toSorted((a, b) => a.number - b.number);
      await Promise.all(
        ordered.map((ticket, index) => {
          const subscriptions = [sub({ id: 'sub_1', tier: tiers[index] ?? 'repx0' })];
          return store.apply(ticket, { deleted: false, subscriptions });
        }),
      );
      expect(await organisation()).toMatchObject({ tier: 'repx5', rights: { tier: 'repx5' } });
    });

    test('gives the first rights without a word where they are those one has', async () => {
      expect(await apply([])).toMatchObject({ drifted: false, changed: false });
      expect(await organisation()).toMatchObject({ tier: 'repx0', rights: { reasons: ['no-subscription'] } });
    });

    test('takes away what the vendor has no more, but of a deleted customer keeps what it had', async () => {
      await apply([sub({ id: 'sub_1' }), sub({ id: 'sub_2', status: 'canceled' })]);
      await apply([sub({ id: 'sub_1' })]);
      expect((await organisation()).subscriptionIds).toEqual(['sub_1']);
      await apply([], 'cus_1', true);
      expect(await organisation()).toMatchObject({
        subscriptionIds: ['sub_1'],
        currentId: null,
        tier: 'repx0',
        customers: [{ customerId: 'cus_1', isDeleted: true }],
      });
    });

    test('of a deleted customer leaves the say with the subscription of the new one, and what it had speaks only as ended', async () => {
      const old = sub({ id: 'sub_old', tier: 'repx5' });
      await apply([old]);
      await apply([], 'cus_1', true);
      await apply([snapshot({ id: 'sub_new', customerId: 'cus_2', tier: 'repx2' })], 'cus_2');
      expect(await organisation()).toMatchObject({ currentId: 'sub_new', tier: 'repx2' });
      const ended = sub({ id: 'sub_old', tier: 'repx5', status: 'canceled', paidThrough: NOW + DAY });
      expect(await apply([ended], 'cus_1', true)).toMatchObject({ changed: false });
      expect(await organisation()).toMatchObject({ currentId: 'sub_new', tier: 'repx2' });
      await apply([], 'cus_2');
      expect(await organisation()).toMatchObject({ currentId: 'sub_old', tier: 'repx5' });
    });

    test('gives the say to paid time that is left, then to what was sold for something else, then to an end, then to a first payment that is awaited', async () => {
      const paid = sub({ id: 'sub_1', status: 'canceled', paidThrough: NOW + DAY });
      const awaited = sub({ id: 'sub_2', status: 'incomplete', tier: 'repx5', paidThrough: null });
      await apply([paid, awaited]);
      expect(await organisation()).toMatchObject({ currentId: 'sub_1', tier: 'repx3' });
      const other = sub({ id: 'sub_3', tier: null });
      await apply([paid, awaited, other]);
      expect(await organisation()).toMatchObject({ currentId: 'sub_1', tier: 'repx3' });
      now = NOW + DAY;
      // That the paid time ran out is no drift.
      expect(await apply([paid, awaited, other])).toMatchObject({ drifted: false });
      expect(await organisation()).toMatchObject({ currentId: 'sub_3', tier: 'repx0' });
      await apply([paid, other, sub({ id: 'sub_4', status: 'past_due' })]);
      expect(await organisation()).toMatchObject({ currentId: 'sub_4' });
    });

    test('of two customers of one organisation at once leaves one subscription with the say', async () => {
      await apply([], 'cus_1');
      await apply([], 'cus_1', true);
      for (let round = 0; round < 5; round += 1) {
        const [old, fresh] = [await ticketOf('cus_1'), await ticketOf('cus_2')];
        const ended = sub({ id: 'sub_old', status: 'canceled', paidThrough: NOW + DAY });
        await Promise.all([
          store.apply(old, { deleted: true, subscriptions: [ended] }),
          store.apply(fresh, {
            deleted: false,
            subscriptions: [snapshot({ id: 'sub_new', customerId: 'cus_2' })],
          }),
        ]);
        expect((await organisation()).currentId).toBe('sub_new');
      }
    });

    test('that a customer lives again is refused while the organisation has another one, and nothing is half done', async () => {
      await apply([sub({ id: 'sub_1' })]);
      await apply([], 'cus_1', true);
      await apply([snapshot({ id: 'sub_2', customerId: 'cus_2', tier: 'repx2' })], 'cus_2');
      const before = await organisation();
      await expect(apply([sub({ id: 'sub_1' })])).rejects.toThrow();
      expect(await organisation()).toEqual(before);
    });
  });

  describe('the other mode', () => {
    const bought = async (livemode: boolean, subscriptions: ReturnType<typeof snapshot>[]) => {
      const { store: ofMode } = livemode ? place.live : place;
      const customerId = livemode ? 'cus_live' : 'cus_1';
      const ticket = (await ofMode.issueFetch(customerId)) ?? (await ofMode.adopt(ORG, customerId));
      if (ticket === null) throw new Error('nobody’s');
      return ofMode.apply(ticket, { deleted: false, subscriptions });
    };
    const test5 = sub({ id: 'sub_1', tier: 'repx5' });
    const live2 = snapshot({ id: 'sub_live', customerId: 'cus_live', tier: 'repx2', checkoutId: 'chk_1' });

    test('gives no rights: with the live key what test mode gave comes up at once and is gone', async () => {
      await bought(false, [test5]);
      expect(await place.rights.listDue(9)).toEqual([]);
      expect(await place.live.rights.listDue(9)).toEqual([ORG]);
      expect(await place.live.rights.refresh(ORG)).toBe(true);
      expect(await organisation()).toMatchObject({ tier: 'repx0', rights: { reasons: ['no-subscription'] } });
      expect(await place.live.rights.listDue(9)).toEqual([]);
    });

    test('ends nothing: a paid subscription is no duplicate of one of test mode', async () => {
      await bought(false, [test5]);
      const applied = await bought(true, [live2]);
      expect(applied).toEqual({ drifted: true, changed: true, alerts: [] });
      expect(await place.live.store.openEffects(ORG)).toEqual([]);
      expect(await organisation()).toMatchObject({ tier: 'repx2', currentId: 'sub_live' });
      await bought(false, [test5]);
      expect(await bought(true, [live2])).toMatchObject({ drifted: false, alerts: [] });
    });

    test('owes nothing here, is nobody’s customer here, and nobody is told of it', async () => {
      const late = sub({ id: 'sub_1', status: 'past_due', pastDueSince: NOW, createdAt: NOW - 9 * DAY });
      await bought(false, [
        late,
        sub({ id: 'sub_2', tier: 'repx1', checkoutId: 'chk_2', status: 'past_due' }),
      ]);
      expect(await store.openEffects(ORG)).toHaveLength(1);
      expect(await place.live.store.openEffects(ORG)).toEqual([]);
      expect(await place.live.store.issueFetch('cus_1')).toBeNull();
      expect(await place.live.store.customerOf(ORG)).toBeNull();
      const page = { endedSince: new Date(now - DAY), after: '', limit: 9 };
      expect(await place.notices.listCandidates(page)).toHaveLength(1);
      expect(await place.live.notices.listCandidates(page)).toEqual([]);
      expect(await place.live.notices.record(ORG, now)).toBe(0);
    });
  });

  describe('effects', () => {
    const double = (id: string) => sub({ id, checkoutId: `chk_${id}`, createdAt: NOW, tier: 'repx1' });

    test('are noted once, owed until done, oldest first', async () => {
      await apply([sub({ id: 'sub_1' }), double('sub_3')]);
      now += 1;
      await apply([sub({ id: 'sub_1' }), double('sub_3'), double('sub_2')]);
      expect((await store.openEffects(ORG)).map(({ key }) => key)).toEqual([
        'duplicate:sub_3',
        'duplicate:sub_2',
      ]);
      await store.finishEffect(ORG, 'duplicate:sub_3');
      await apply([sub({ id: 'sub_1' }), double('sub_3'), double('sub_2')]);
      expect((await store.openEffects(ORG)).map(({ key }) => key)).toEqual(['duplicate:sub_2']);
      expect(await store.openEffects(OTHER)).toEqual([]);
    });

    test('that are owed are withdrawn when the duplicate is the one that is left', async () => {
      await apply([sub({ id: 'sub_1' }), double('sub_2')]);
      await apply([sub({ id: 'sub_1', status: 'canceled', paidThrough: null }), double('sub_2')]);
      expect(await store.openEffects(ORG)).toEqual([]);
      expect(await organisation()).toMatchObject({ currentId: 'sub_2', tier: 'repx1' });
    });

    test('that were done stay: what was cancelled as a duplicate never has the say', async () => {
      await apply([sub({ id: 'sub_1' }), double('sub_2')]);
      await store.finishEffect(ORG, 'duplicate:sub_2');
      await apply([sub({ id: 'sub_1', status: 'canceled', paidThrough: null }), double('sub_2')]);
      expect(await organisation()).toMatchObject({ currentId: 'sub_1', tier: 'repx0' });
    });

    test('units are given once a source', async () => {
      const grant = { orgId: ORG, meter: 'aiQueries', sourceId: 'cs_1', quantity: 5 };
      const answers = await Promise.all(Array.from({ length: 4 }, () => store.grantUnits(grant)));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await store.grantUnits({ ...grant, sourceId: 'cs_2', quantity: 2 })).toBe(true);
      expect((await organisation()).granted).toEqual({ aiQueries: 7 });
    });

    test('a checkout page that was completed stays so; one that nobody noted is no matter', async () => {
      await place.noteCheckout({ orgId: ORG, checkoutId: 'chk_1', sessionId: 'cs_1' });
      await store.closeCheckout(ORG, 'cs_1', 'expired');
      await store.closeCheckout(ORG, 'cs_1', 'completed');
      await store.closeCheckout(ORG, 'cs_1', 'expired');
      await store.closeCheckout(ORG, 'cs_2', 'expired');
      expect((await organisation()).checkouts).toEqual({ cs_1: 'completed' });
    });
  });

  test('a cursor is moved only from where its walker found it', async () => {
    expect(await store.findCursor('walk')).toBeNull();
    const first = { position: 'a', report: { checked: 1, parked: [] } };
    const moves = await Promise.all([1, 2].map(() => store.moveCursor('walk', { from: null, to: first })));
    expect(moves.toSorted()).toEqual([false, true]);
    const second = { position: 'b', report: { parked: ['cus_1'], checked: 2 } };
    expect(await store.moveCursor('walk', { from: { ...first, position: 'x' }, to: second })).toBe(false);
    expect(await store.moveCursor('walk', { from: first, to: second })).toBe(true);
    expect(await store.moveCursor('walk', { from: first, to: first })).toBe(false);
    expect(await store.findCursor('walk')).toEqual(second);
  });

  describe('rights', () => {
    test('that have expired come up and are computed again, once', async () => {
      await apply([sub({ id: 'sub_1', tier: 'repx3', cancelAt: now + DAY })]);
      expect(await place.rights.listDue(9)).toEqual([]);
      now += DAY;
      expect(await place.rights.listDue(9)).toEqual([ORG]);
      expect(await place.rights.refresh(ORG)).toBe(true);
      expect(await place.rights.refresh(ORG)).toBe(false);
      expect(await place.rights.listDue(9)).toEqual([]);
      expect(await organisation()).toMatchObject({
        tier: 'repx0',
        rights: { version: 2, numbers: 'release', reasons: ['ended'] },
      });
    });
  });

  describe('notices', () => {
    const late = sub({ id: 'sub_1', status: 'past_due', pastDueSince: NOW, paidThrough: null });

    test('are recorded once with the event that sends them, and open until finished', async () => {
      await apply([late]);
      const page = { endedSince: new Date(now - DAY), after: '', limit: 9 };
      expect((await place.notices.listCandidates(page)).map(({ orgId }) => orgId)).toEqual([ORG]);
      const counts = await Promise.all([1, 2, 3].map(() => place.notices.record(ORG, now)));
      expect(counts.toSorted()).toEqual([0, 0, 1]);
      const events = (await place.outbox()).filter(({ name }) => name === 'billing/notice.due');
      expect(events).toHaveLength(1);
      const key = String(events[0]?.data.key);
      expect(events[0]).toMatchObject({ eventId: `${ORG}:${key}`, data: { orgId: ORG, key } });
      expect(await place.notices.findOpen(ORG, key)).toMatchObject({
        detail: { kind: 'payment-failed', userId: OWNER },
        subscription: { id: 'sub_1' },
        contact: { email: 'owner@example.com', organisation: 'Example' },
      });
      await place.notices.finish(ORG, key);
      expect(await place.notices.findOpen(ORG, key)).toBeNull();
      expect(await place.notices.record(ORG, now)).toBe(0);
    });

    test('are looked for where something is late, in trial, ending, or ended not long ago', async () => {
      const isCandidate = async (changes: Parameters<typeof snapshot>[0]) => {
        await apply([sub({ id: 'sub_1', tier: 'repx1', ...changes })]);
        const page = { endedSince: new Date(NOW - DAY), after: '', limit: 9 };
        return (await place.notices.listCandidates(page)).length === 1;
      };
      for (const changes of [
        { status: 'past_due' },
        { status: 'unpaid' },
        { status: 'trialing' },
        { status: 'paused' },
        { cancelAt: NOW + DAY },
        { cancelAtPeriodEnd: true },
        { status: 'canceled', endedAt: NOW - DAY, paidThrough: null },
        { status: 'canceled', endedAt: NOW - 9 * DAY, paidThrough: NOW },
      ])
        expect([changes, await isCandidate(changes)]).toEqual([changes, true]);
      for (const changes of [
        { status: 'active' },
        { status: 'incomplete' },
        { status: 'canceled', endedAt: NOW - DAY - 1, paidThrough: null },
      ])
        expect([changes, await isCandidate(changes)]).toEqual([changes, false]);
    });

    test('are looked for after an end however long ago, where numbers may be held, until those are released', async () => {
      await apply([sub({ id: 'sub_1', tier: 'repx3' })]);
      const endedAt = NOW - 400 * DAY;
      await apply([sub({ id: 'sub_1', tier: 'repx3', status: 'canceled', endedAt, paidThrough: null })]);
      const page = { endedSince: new Date(NOW - DAY), after: '', limit: 9 };
      const days = [];
      for (let day = 0; day <= 31; day += 1) {
        const found = await place.notices.listCandidates(page);
        if (found.length === 1) days.push(day);
        await place.notices.record(ORG, NOW + day * DAY);
      }
      expect(days).toEqual(Array.from({ length: 31 }, (_, day) => day));
      await apply([sub({ id: 'sub_1', tier: 'repx3' })]);
      await apply([sub({ id: 'sub_1', tier: 'repx3', status: 'canceled', endedAt, paidThrough: null })]);
      expect(await place.notices.listCandidates(page)).toHaveLength(1);
    });
  });
});

test('rights that are computed again while a fetch is applied follow what was fetched', async () => {
  now = NOW;
  place = await places.open(() => now);
  ({ store } = place);
  await place.addOrganisation({ orgId: ORG, name: 'Example', contacts: [] });
  const tier = async (number: number) => {
    const subscriptions = [
      snapshot({ id: 'sub_1', customerId: 'cus_1', tier: number === 1 ? 'repx1' : 'repx4' }),
    ];
    return store.apply(await ticketOf('cus_1'), { deleted: false, subscriptions });
  };
  await tier(1);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: locked, resolve: holds } = Promise.withResolvers<void>();
  // Holds up the writing of rights, so that the refresh has read the old facts when the fetch is applied first.
  const holding = withSystemScope(places.database, 'write', async ({ db }) => {
    await db.execute(`select from entitlements where org_id = '${ORG}' for update`);
    holds();
    await released;
  });
  await locked;
  const applying = tier(2);
  await new Promise((resolve) => setTimeout(resolve, 150));
  const refreshing = place.rights.refresh(ORG);
  await new Promise((resolve) => setTimeout(resolve, 150));
  release();
  await Promise.all([holding, applying, refreshing]);
  expect(await place.organisation(ORG)).toMatchObject({ tier: 'repx4', rights: { tier: 'repx4' } });
});
