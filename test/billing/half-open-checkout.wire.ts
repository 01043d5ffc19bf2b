import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { billingCheckouts } from '../../db/schema/billing.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { SignedIn } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';
import { buyersAt, pageRows, returning } from './buying.ts';
import { appUrl, type StripeBackend, stripeBackend } from './stripe-backend.ts';

let it: StripeBackend;
let ask: ReturnType<typeof buyersAt>['ask'];
beforeAll(async () => {
  it = await stripeBackend();
  ({ ask } = buyersAt(it));
});
afterAll(() => it[Symbol.asyncDispose]());

const order = (who: SignedIn, tier: string, headers = {}) =>
  ask(who, 'billing.checkout', { tier, ...returning }, headers);

/** The pages of an organisation that Stripe would let somebody pay on. */
function payable({ orgId }: SignedIn): string[] {
  const { sessions } = it.listening.emulator.world;
  return sessions
    .where((row) => row.client_reference_id === orgId && row.status === 'open')
    .map(({ id }) => id);
}

async function change({ orgId }: SignedIn, values: object): Promise<void> {
  await withSystemScope(await testDatabase(), 'write', ({ db }) =>
    db.update(billingCheckouts).set(values).where(eq(billingCheckouts.orgId, orgId)),
  );
}

const earlier = (time: string) => ({
  createdAt: sql`${billingCheckouts.createdAt} - ${time}::interval`,
  expiresAt: sql`${billingCheckouts.expiresAt} - ${time}::interval`,
});

/** As a process leaves a checkout that dies between Stripe's answer and its note. */
const halfOpen = { state: 'opening', sessionId: null, url: null };

describe('a checkout whose process died before it knew the page', () => {
  test('is the same page when it is wished again, with a key and without', async () => {
    for (const headers of [{}, { 'idempotency-key': 'half-0123456789abcdef' }]) {
      const member = await it.server.signIn({ tier: 'repx0' });
      const { data } = await order(member, 'repx1', headers);
      await change(member, { ...halfOpen, ...earlier('5 minutes') });
      expect((await order(member, 'repx1', headers)).data).toEqual(data);
      expect(payable(member)).toEqual([data?.sessionId]);
    }
  });

  test('is closed by another wish, and noted so', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await order(member, 'repx1');
    await change(member, { ...halfOpen, ...earlier('5 minutes') });
    const { data } = await order(member, 'repx2');
    const states = (await pageRows(member)).map(({ state }) => state);
    expect(states.toSorted()).toEqual(['expired', 'open']);
    expect(payable(member)).toEqual([data?.sessionId]);
  });

  test('is given up when it cannot be opened as it was, and keeps nobody from buying', async () => {
    const key = { 'idempotency-key': 'unlike-0123456789abcdef' };
    // Stripe takes a key with one body alone: an address, a price or the customer was another one then.
    const since = { ...returning, cancelUrl: `${appUrl}/plans` };
    const purchase = { purchase: { kind: 'plan', tier: 'repx1', cycle: 'monthly' }, ...since };
    for (const [wish, headers] of [
      [{ tier: 'repx1', ...since }, {}],
      [{ tier: 'repx1', ...since }, key],
      [{ tier: 'repx2', ...since }, {}],
    ] as const) {
      const member = await it.server.signIn({ tier: 'repx0' });
      await order(member, 'repx1', headers);
      await change(member, { ...halfOpen, ...earlier('5 minutes'), purchase: JSON.stringify(purchase) });
      const { data, failure } = await ask(member, 'billing.checkout', wish, headers);
      expect(failure).toBeNull();
      expect(payable(member)).toContain(data?.sessionId);
      expect((await ask(member, 'billing.checkout', wish, headers)).data).toEqual(data);
      const states = (await pageRows(member)).map(({ state }) => state);
      expect(states.toSorted()).toEqual(['expired', 'open']);
    }
  });

  test('is given up when Stripe repeats the fault it once had, which it does for a day', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    it.listening.emulator.fail({
      ...{ kind: 'status', at: 'after', method: 'POST', path: /checkout\/sessions$/ },
    });
    expect((await order(member, 'repx1')).failure?.code).toBe('billing.vendor-unavailable');
    expect((await order(member, 'repx1')).failure?.code).toBe('billing.vendor-unavailable');
    await change(member, earlier('5 minutes'));
    expect((await order(member, 'repx1')).failure?.code).toBe('billing.vendor-unavailable');
    const { data } = await order(member, 'repx1');
    expect(payable(member)).toContain(data?.sessionId);
  });
});

describe('of pages that can be paid there is one', () => {
  test('also when one was opened long after it was wished', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    it.listening.emulator.fail({ kind: 'status', times: 3, method: 'POST', path: /checkout\/sessions$/ });
    expect((await order(member, 'repx1')).failure?.code).toBe('billing.vendor-unavailable');
    await change(member, earlier('22 hours'));
    const first = await order(member, 'repx1');
    await change(member, earlier('3 hours'));
    const second = await order(member, 'repx2');
    expect(first.failure).toBeNull();
    expect(payable(member)).toEqual([second.data?.sessionId]);
  });

  test('also in the last hour of one, which is not given again', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const first = await order(member, 'repx1');
    await change(member, earlier('23 hours 30 minutes'));
    const second = await order(member, 'repx1');
    expect(second.data?.sessionId).not.toBe(first.data?.sessionId);
    expect(payable(member)).toEqual([second.data?.sessionId]);
  });

  test('also when another wish was faster than the answer to the first, whose page is not given', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await ask(member, 'billing.buyAddOn', { addOn: 'aiQueries', quantity: 1, ...returning });
    it.listening.emulator.fail({ kind: 'delay', ms: 1_500, method: 'POST', path: /checkout\/sessions$/ });
    const slow = order(member, 'repx1');
    await expect.poll(async () => (await pageRows(member)).length).toBe(2);
    const fast = await order(member, 'repx2');
    expect((await slow).failure?.code).toBe('billing.checkout-expired');
    expect(payable(member)).toContain(fast.data?.sessionId);
    expect(payable(member)).toHaveLength(2);
  });
});
