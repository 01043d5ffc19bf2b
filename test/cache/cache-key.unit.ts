import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Actor, type Principal, roles, type Scope, scopes } from '../../server/core/actor.ts';
import { appIds } from '../../server/core/apps.ts';
import { cacheKey, personalScope, publicScope, rightsScope } from '../../server/core/cache-key.ts';
import { tiers } from '../../server/core/tiers.ts';

const anyId = <P extends string>(prefix: P) =>
  fc.constantFrom('1', '2', '3').map((n) => `${prefix}_${n.repeat(32)}` as const);
const base = {
  orgId: anyId('org'),
  app: fc.constantFrom(...appIds),
  tier: fc.constantFrom(...tiers),
  scopes: fc.subarray<Scope>([...scopes], { maxLength: 3 }).map((list): ReadonlySet<Scope> => new Set(list)),
  expiresAt: fc.nat(),
  userId: anyId('usr'),
  sessionId: anyId('ses'),
};
const principal: fc.Arbitrary<Principal> = fc.oneof(
  fc.record({ kind: fc.constant('guest' as const), ...base }),
  fc.record({ kind: fc.constant('member' as const), role: fc.constantFrom(...roles), ...base }),
  fc.record({
    kind: fc.constant('api-key' as const),
    role: fc.constantFrom(...roles),
    keyId: anyId('key'),
    ...base,
  }),
);
const actor: fc.Arbitrary<Actor> = fc.oneof(
  { weight: 6, arbitrary: principal },
  fc.record({ kind: fc.constant('anonymous' as const), app: fc.constantFrom(...appIds) }),
  fc.record({
    kind: fc.constant('system' as const),
    orgId: anyId('org'),
    name: fc.constantFrom('reaper', 'relay'),
  }),
);

/** What a right is, said independently of the code under test. */
function rightsText(of: Actor): string {
  if (of.kind === 'anonymous') return `anonymous ${of.app}`;
  if (of.kind === 'system') return `system ${of.orgId} ${of.name}`;
  const role = of.kind === 'guest' ? '-' : of.role;
  return [
    of.kind,
    of.orgId,
    role,
    of.tier,
    of.app,
    scopes.filter((scope) => of.scopes.has(scope)).join('+'),
  ].join(' ');
}

const entry = { procedure: 'agents.list', input: { app: 'crm' }, version: 1 };

describe('cache keys', () => {
  it('never let two principals with different rights share a key, over 10,000 pairs', () => {
    let different = 0;
    fc.assert(
      fc.property(actor, actor, (a, b) => {
        const same = rightsText(a) === rightsText(b);
        if (!same) different += 1;
        const [keyA, keyB] = [a, b].map((one) => cacheKey({ scope: rightsScope(one), ...entry }));
        expect(keyA === keyB).toBe(same);
      }),
      { numRuns: 10_000 },
    );
    expect(different).toBeGreaterThan(5_000);
  });

  it('never let two people share a personal key, nor a personal key be a shared one', () => {
    fc.assert(
      fc.property(principal, principal, (a, b) => {
        const same = rightsText(a) === rightsText(b) && a.userId === b.userId;
        expect(
          cacheKey({ scope: personalScope(a), ...entry }) === cacheKey({ scope: personalScope(b), ...entry }),
        ).toBe(same);
        expect(cacheKey({ scope: personalScope(a), ...entry })).not.toBe(
          cacheKey({ scope: rightsScope(a), ...entry }),
        );
        expect(cacheKey({ scope: publicScope, ...entry })).not.toBe(
          cacheKey({ scope: rightsScope(a), ...entry }),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('do not depend on the order of keys in the input, and on nothing else but its value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const key = (input: unknown) => cacheKey({ scope: publicScope, ...entry, input });
        const shuffled = JSON.parse(JSON.stringify(a), (_name, value: unknown) =>
          value !== null && typeof value === 'object' && !Array.isArray(value)
            ? Object.fromEntries(Object.entries(value).reverse())
            : value,
        );
        expect(key(shuffled)).toBe(key(a));
        if (key(a) === key(b)) expect(JSON.parse(JSON.stringify(a))).toEqual(JSON.parse(JSON.stringify(b)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('cannot be made equal by text that imitates another part', () => {
    const key = (orgId: string, authScope: string, procedure: string, input: unknown) =>
      cacheKey({ scope: { orgId, authScope }, procedure, input, version: 1 });
    expect(
      new Set([
        key('a', 'b","c', 'd', 1),
        key('a', 'b', 'c","d', 1),
        key('a","b', 'c', 'd', 1),
        key('a', 'b', 'd', '1'),
      ]).size,
    ).toBe(4);
  });

  it('do not show the input', () => {
    expect(cacheKey({ scope: publicScope, ...entry, input: { email: 'rep@example.com' } })).not.toContain(
      'example',
    );
  });
});
