import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { SessionRow } from '../../db/queries/identity.ts';
import type { Principal } from '../../server/core/actor.ts';
import { systemClock } from '../../server/core/clock.ts';
import { SessionPrincipals } from '../../server/modules/identity/session-principals.ts';

const row: SessionRow = {
  sessionId: 'ses_1',
  userId: 'usr_1',
  orgId: 'org_1',
  app: 'crm',
  role: 'rep',
  tier: 'repx1',
  organisationKind: 'team',
  email: null,
  emailVerified: true,
  displayName: 'Robin Example',
  image: null,
  organisationName: 'Example Devices',
  expiresAt: new Date(Date.now() + 60_000),
  tokensSince: null,
  impersonatorId: null,
  isStaff: false,
};

/** Principals over reads that the test answers one by one. */
function heldReads() {
  const reads: ((answer: SessionRow | null) => void)[] = [];
  const principals = new SessionPrincipals({
    clock: systemClock,
    read: () => new Promise((resolve) => reads.push(resolve)),
    sessionIdOf: async () => null,
    readKey: async () => null,
    onKeyUsed: () => {},
    verify: async () => ({
      userId: 'usr_1',
      sessionId: 'ses_1',
      orgId: 'org_1',
      app: 'crm',
      expiresAt: Date.now() + 60_000,
    }),
  });
  const resolve = () => principals.resolve({ token: 'a token', app: 'crm' });
  return { reads, principals, resolve };
}

test.each([{ sessionId: 'ses_1' }, { userId: 'usr_1' }, { orgId: 'org_1' }])(
  'rights are read again when a change of %o is announced while they are read',
  async (whose) => {
    const { reads, principals, resolve } = heldReads();
    const reading = resolve();
    await turn();
    principals.apply({ kind: 'changed', ...whose });
    reads[0]?.(row);
    await turn();
    reads[1]?.({ ...row, tier: 'repx4' });
    expect(await reading).toMatchObject({ tier: 'repx4' });
    expect(reads).toHaveLength(2);
  },
);

test('a session revoked while it is read is gone', async () => {
  const { reads, principals, resolve } = heldReads();
  const reading = resolve();
  await turn();
  principals.apply({ kind: 'revoked', sessionId: 'ses_1' });
  reads[0]?.(row);
  await turn();
  reads[1]?.(null);
  await expect(reading).rejects.toMatchObject({ code: 'auth.revoked' });
});

test('a change of somebody else costs no second read, and rights are read once for many calls', async () => {
  const { reads, principals, resolve } = heldReads();
  const reading = Promise.all([resolve(), resolve()]);
  await turn();
  principals.apply({ kind: 'changed', orgId: 'org_2' });
  reads[0]?.(row);
  await reading;
  await resolve();
  expect(reads).toHaveLength(1);
});

test('a token of another user than its session is revoked', async () => {
  const { reads, resolve } = heldReads();
  const reading = resolve();
  await turn();
  reads[0]?.({ ...row, userId: 'usr_2' });
  await expect(reading).rejects.toMatchObject({ code: 'auth.revoked' });
});

test('a token of another organisation than its session must be renewed, once the row was read again', async () => {
  const { reads, resolve } = heldReads();
  const old = resolve();
  await turn();
  reads[0]?.({ ...row, orgId: 'org_2' });
  await turn();
  reads[1]?.({ ...row, orgId: 'org_2' });
  await expect(old).rejects.toMatchObject({ code: 'auth.expired-token' });
  const fresh = resolve();
  await turn();
  reads[2]?.(row);
  expect(await fresh, 'this process had not heard of the switch').toMatchObject({ orgId: 'org_1' });
});

test('a token from before the last reuse of a code must be renewed, and a socket of it ends; a younger one is good', async () => {
  const { reads, resolve, principals } = heldReads();
  const before = resolve();
  await turn();
  // The token ends in a minute, so it was issued nine minutes ago.
  const issuedAt = Date.now() - 9 * 60_000;
  reads[0]?.({ ...row, tokensSince: new Date(issuedAt - 1_000) });
  const young = await before;
  expect(young).toMatchObject({ kind: 'member' });
  principals.apply({ kind: 'changed', sessionId: 'ses_1' });
  const after = resolve();
  await turn();
  reads[1]?.({ ...row, tokensSince: new Date(issuedAt + 1_000) });
  await expect(after).rejects.toMatchObject({ code: 'auth.expired-token' });
  expect(await principals.refresh(young as Principal)).toMatchObject({ expiresAt: 0 });
});

test('a session past its end is revoked, whatever its token says', async () => {
  const { reads, resolve } = heldReads();
  const reading = resolve();
  await turn();
  reads[0]?.({ ...row, expiresAt: new Date(Date.now() - 1) });
  await expect(reading).rejects.toMatchObject({ code: 'auth.revoked' });
});
