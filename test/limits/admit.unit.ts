import { describe, expect, it } from 'vitest';
import type { GuestActor, MemberActor } from '../../server/core/actor.ts';
import type { Id, IdKind } from '../../server/core/ids.ts';
import { newId } from '../../server/core/ids.ts';
import { tiers } from '../../server/core/tiers.ts';
import { admit } from '../../server/integrations/limits/admit.ts';
import { createMemoryLimiter } from '../../server/integrations/limits/memory.ts';
import { limitRules, organisationRule } from '../../server/integrations/limits/rules.ts';

const address = '203.0.113.7';
const clock = { now: () => 1_200_000_000 };
const id = <K extends IdKind>(kind: K): Id<K> => newId(kind);

function member(over: Partial<MemberActor> = {}): MemberActor {
  return {
    kind: 'member',
    orgId: id('organisation'),
    userId: id('user'),
    sessionId: id('session'),
    role: 'rep',
    app: 'crm',
    tier: 'repx2',
    scopes: new Set(),
    expiresAt: 0,
    ...over,
  };
}

function guest(): GuestActor {
  const { role: _role, ...rest } = member();
  return { ...rest, kind: 'guest' };
}

describe('admission', () => {
  it('serves 500 people behind one address, while callers without identity share its floor (H3)', async () => {
    const limiter = createMemoryLimiter({ clock });
    const anonymous = { kind: 'anonymous', app: 'crm' } as const;
    let floor = 0;
    while ((await admit({ limiter, actor: anonymous, address })).allowed) floor += 1;
    expect(floor).toBe(1_000);
    const people = Array.from({ length: 500 }, (_, n) => (n % 5 === 0 ? guest() : member()));
    for (let call = 0; call < 10; call += 1) {
      for (const actor of people) expect((await admit({ limiter, actor, address })).allowed).toBe(true);
    }
    expect((await admit({ limiter, actor: anonymous, address })).allowed).toBe(false);
    expect((await admit({ limiter, actor: anonymous, address: '203.0.113.8' })).allowed).toBe(true);
  });

  it('gives a person no new budget for a new address', async () => {
    const limiter = createMemoryLimiter({ clock });
    const actor = member();
    await admit({ limiter, actor, address, cost: limitRules.member.limit });
    const decision = await admit({ limiter, actor, address: '2001:db8::1' });
    expect(decision).toMatchObject({ allowed: false, limit: 600, remaining: 0 });
    expect(decision.retryAfterMs).toBeGreaterThan(0);
  });

  it('takes batch members and socket messages from the same budget as HTTP calls', async () => {
    const limiter = createMemoryLimiter({ clock });
    const actor = guest();
    await admit({ limiter, actor, address, cost: 20 });
    const { remaining } = await admit({ limiter, actor, address });
    expect(remaining).toBe(limitRules.guest.limit - 21);
  });

  it('holds an organisation to its plan and reports the tighter of the two budgets', async () => {
    const limiter = createMemoryLimiter({ clock });
    const orgId = id('organisation');
    const { limit } = organisationRule('repx0');
    for (let person = 0; person < limit / 600; person += 1) {
      const actor = member({ orgId, tier: 'repx0' });
      for (let call = 0; call < 600; call += 1)
        expect((await admit({ limiter, actor, address })).allowed).toBe(true);
    }
    expect(await admit({ limiter, actor: member({ orgId, tier: 'repx0' }), address })).toMatchObject({
      allowed: false,
      limit,
    });
    expect((await admit({ limiter, actor: member({ tier: 'repx0' }), address })).remaining).toBe(599);
  });

  it('gives a higher plan a larger budget', () => {
    const limits = tiers.map((tier) => organisationRule(tier).limit);
    expect(limits).toEqual([...limits].sort((a, b) => a - b));
    expect(new Set(limits).size).toBe(tiers.length);
  });

  it('does not limit our own work', async () => {
    const limiter = createMemoryLimiter({ clock });
    const actor = { kind: 'system', orgId: id('organisation'), name: 'reaper' } as const;
    for (let call = 0; call < 3_000; call += 1)
      expect((await admit({ limiter, actor, address })).allowed).toBe(true);
  });
});
