import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { users } from '../../db/schema/identity.ts';
import { auditLog, outbox } from '../../db/schema/operations.ts';
import { invitations } from '../../db/schema/organisations.ts';
import { accountKey } from '../../server/integrations/limits/address.ts';
import { limitRules } from '../../server/integrations/limits/rules.ts';
import { createJobOperations } from '../../server/main/job-operations.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { system } from '../support/database.ts';
import { colleague, person, roleByEmail } from '../support/members.ts';
import { password, signedUp } from '../support/signed-up.ts';

let server: TestBackend;
let owner: SignedIn;

beforeAll(async () => {
  server = await testBackend();
  owner = await server.signIn();
});
afterAll(() => server[Symbol.asyncDispose]());

const invite = (email: string, role = 'rep', token = owner.token) =>
  server.mutate('organisations.invite', { email, role }, { token });
const accept = (token: string, as: SignedIn) =>
  server.mutate('organisations.acceptInvitation', { token }, { token: as.token });

/** The token in the mail of an invitation, sent as the job does. */
async function mailedToken(invitationId: string, orgId = owner.orgId): Promise<string> {
  await createJobOperations(server.backend.ports).sendInvitation({ orgId, invitationId });
  const token = /token=(\S+)/.exec(server.mailbox.sent.at(-1)?.text ?? '')?.[1];
  if (token === undefined) throw new Error('no link in the mail');
  return token;
}

async function invited(guest: SignedIn, role = 'rep') {
  const { data } = await invite(`${guest.userId}@example.com`, role);
  const id = data?.id as string;
  return { id, token: await mailedToken(id) };
}

describe('an invitation', () => {
  test('is mailed by a job, and its token is nowhere in the database', async () => {
    const guest = await person(server);
    const { id, token } = await invited(guest, 'manager');
    const mail = server.mailbox.sent.at(-1);
    expect(mail).toMatchObject({ to: `${guest.userId}@example.com`, id: `invitation:${id}` });
    expect(mail?.text).toContain('as manager');
    const stored = await system(({ db }) => db.select().from(invitations).where(eq(invitations.id, id)));
    const events = await system(({ db }) =>
      db
        .select()
        .from(outbox)
        .where(eq(outbox.eventId, `invited:${id}`)),
    );
    expect(events).toMatchObject([{ data: { orgId: owner.orgId, invitationId: id } }]);
    const proof = token.split('.').at(-1) ?? '?';
    expect(JSON.stringify([stored, events])).not.toContain(proof);
  });

  test('makes its address a member with its role, once', async () => {
    const guest = await person(server);
    const { id, token } = await invited(guest, 'manager');
    const answer = await accept(token, guest);
    expect(answer.data).toMatchObject({ id: owner.orgId, role: 'manager', isActive: false });
    expect((await accept(token, guest)).failure?.code).toBe('invitation.used');
    const rows = await system(({ db }) => db.select().from(auditLog).where(eq(auditLog.subject, id)));
    expect(rows.map(({ operation, orgId, actorId }) => [operation, orgId, actorId])).toEqual([
      ['organisations.invite', owner.orgId, owner.userId],
      ['organisations.acceptInvitation', owner.orgId, guest.userId],
    ]);
    expect(JSON.stringify(rows), 'the log outlives an erasure').not.toContain('@example.com');
  });

  test('is accepted once, however often at the same time', async () => {
    const guest = await person(server);
    const { token } = await invited(guest);
    const answers = await Promise.all(Array.from({ length: 5 }, () => accept(token, guest)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('is of no use to another address, nor to an unverified one', async () => {
    const guest = await person(server);
    const other = await person(server);
    const { token } = await invited(guest);
    expect((await accept(token, other)).failure?.code).toBe('invitation.wrong-address');
    const verify = (emailVerified: boolean) =>
      system(({ db }) => db.update(users).set({ emailVerified }).where(eq(users.id, guest.userId)));
    await verify(false);
    expect((await accept(token, guest)).failure?.code).toBe('invitation.wrong-address');
    await verify(true);
    expect((await accept(token, guest)).status).toBe(200);
  });

  test('that expired, was revoked or replaced is refused', async () => {
    const guest = await person(server);
    const expired = await invited(guest);
    await system(({ db }) =>
      db
        .update(invitations)
        .set({ expiresAt: new Date(0) })
        .where(eq(invitations.id, expired.id)),
    );
    expect((await accept(expired.token, guest)).failure?.code).toBe('invitation.expired');
    const replaced = await invited(guest);
    const revoked = await invited(guest);
    expect((await accept(replaced.token, guest)).failure?.code).toBe('invitation.used');
    const revoke = () =>
      server.mutate('organisations.revokeInvitation', { id: revoked.id }, { token: owner.token });
    expect((await revoke()).data).toEqual({ id: revoked.id, revoked: true });
    expect((await revoke()).failure?.code).toBe('invitation.used');
    expect((await accept(revoked.token, guest)).failure?.code).toBe('invitation.used');
  });

  test.each([
    ['text', 'nonsense'],
    ['a token with another proof', `${'a'.repeat(32)}.${'b'.repeat(32)}.${'c'.repeat(43)}`],
  ])('is not found by %s', async (_, token) => {
    expect((await accept(token, await person(server))).failure?.code).toBe('invitation.not-found');
  });

  test('is not accepted with another proof', async () => {
    const guest = await person(server);
    const { token } = await invited(guest);
    const forged = [...token.split('.').slice(0, 2), 'A'.repeat(43)].join('.');
    expect((await accept(forged, guest)).failure?.code).toBe('invitation.not-found');
    expect((await accept(token, guest)).status).toBe(200);
  });

  test('of one organisation does not open another', async () => {
    const guest = await person(server);
    const { token } = await invited(guest);
    const rival = await server.signIn();
    const forged = [rival.orgId.slice(4), ...token.split('.').slice(1)].join('.');
    expect((await accept(forged, guest)).failure?.code).toBe('invitation.not-found');
  });

  test('is not sent to a member, from a personal organisation, by a rep, or as owner', async () => {
    const rep = await colleague(server, owner, 'rep');
    const alone = await person(server);
    expect((await invite(`${rep.userId}@example.com`)).failure?.code).toBe('member.exists');
    expect((await invite('new@example.com', 'rep', alone.token)).failure?.code).toBe(
      'organisation.is-personal',
    );
    expect((await invite('new@example.com', 'rep', rep.token)).failure?.code).toBe('auth.not-allowed');
    expect((await invite('new@example.com', 'owner')).failure?.code).toBe('request.invalid');
  });

  test('in another spelling of the address is the same', async () => {
    const guest = await person(server);
    const { data } = await invite(`${guest.userId.toUpperCase()}@EXAMPLE.com`);
    expect(data?.email).toBe(`${guest.userId}@example.com`);
    expect((await accept(await mailedToken(data?.id as string), guest)).status).toBe(200);
  });
});

describe('invitations are limited', () => {
  test('to one address: five a day, of all organisations and in every spelling', async () => {
    const rival = await server.signIn();
    const email = `${(await person(server)).userId}@example.com`;
    for (const token of [owner.token, rival.token, owner.token, rival.token, owner.token])
      expect((await invite(email, 'rep', token)).status).toBe(200);
    expect((await invite(email.toUpperCase(), 'rep', rival.token)).failure).toMatchObject({
      code: 'request.rate-limited',
      retryAfterMs: expect.any(Number),
    });
    expect((await invite('somebody-else@example.com', 'rep', rival.token)).status).toBe(200);
  });

  test('to a hundred an hour by one sender, who then spends no other’s budget', async () => {
    const busy = await server.signIn();
    const { limiter } = server.backend.ports;
    await limiter.consume({ rule: limitRules.invitations, subject: `user:${busy.userId}`, cost: 100 });
    const email = `${(await person(server)).userId}@example.com`;
    expect((await invite(email, 'rep', busy.token)).failure?.code).toBe('request.rate-limited');
    const left = await limiter.consume({ rule: limitRules.invitationMail, subject: accountKey(email) });
    expect(left.remaining).toBe(4);
  });
});

test('open invitations are listed latest first, page by page, until accepted or revoked', async () => {
  const team = await server.signIn();
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    const { data } = await invite(`${name}@example.com`, 'rep', team.token);
    ids.unshift(data?.id as string);
  }
  const page = async (input: object) =>
    (await server.query('organisations.listInvitations', input, { token: team.token })).data as {
      items: { id: string }[];
      nextCursor: string | null;
    };
  const first = await page({ limit: 2 });
  const second = await page({ limit: 2, cursor: first.nextCursor });
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
  expect(second.nextCursor).toBeNull();
});

test('no more than 100 invitations of an organisation are open', async () => {
  const team = await server.signIn();
  await system(({ db }) =>
    db.insert(invitations).values(
      Array.from({ length: 100 }, (_, at) => ({
        orgId: team.orgId,
        id: `inv_${at}`,
        email: `full-${at}@example.com`,
        role: 'rep',
        tokenHash: `hash-${at}`,
        invitedBy: team.userId,
        expiresAt: new Date(Date.now() + 60_000),
      })),
    ),
  );
  expect((await invite('one-more@example.com', 'rep', team.token)).failure?.code).toBe('invitation.too-many');
});

describe('by the page that its link leads to, an invitation', () => {
  const invitedTo = async (email: string) => {
    const { data } = await invite(email, 'manager');
    await mailedToken(data?.id as string);
    const link = new URL(await server.mailbox.link(email));
    return { id: data?.id as string, path: link.pathname + link.search, next: link.search.slice(1) };
  };
  const read = async (browser: Browser, path: string) => {
    const answer = await browser.request(path);
    return { status: answer.status, text: await answer.text() };
  };
  const roleOf = (email: string) => roleByEmail(email, owner.orgId);

  test('is accepted by somebody who had no account: by way of sign-up and back', async () => {
    const email = `${randomUUID()}@example.com`;
    const { path, next } = await invitedTo(email);
    expect(path).toMatch(/^\/auth\/invitation\?token=/);
    const browser = new Browser(server.backend);
    const stranger = await read(browser, path);
    expect(stranger.text, 'nothing is said of whose it is').not.toMatch(/manager|Test|@/);
    const way = /href="\/auth\/sign-up\?([^"]+)"/.exec(stranger.text)?.[1] ?? '';
    const fields = { name: 'Robin Example', email, password };
    server.mailbox.sent.length = 0;
    await browser.submit('/auth/sign-up', { ...fields, next: way.replaceAll('&amp;', '&') });
    const landed = await browser.open(await server.mailbox.link(email));
    expect(landed.headers.get('location')).toBe(`http://localhost:8787${path}`);
    const offer = await read(browser, path);
    expect(offer.text).toMatch(/You are invited to <strong>[^<]+<\/strong> as <strong>manager<\/strong>/);
    expect(await roleOf(email), 'not before the button').toBeNull();
    for (const origin of ['https://evil.example', 'https://app.example.com'])
      await browser.submit('/auth/invitation', { next }, { origin });
    expect(await roleOf(email), 'not by a form from elsewhere').toBeNull();
    expect(await (await browser.submit('/auth/invitation', { next })).text()).toContain(
      'You have joined as manager',
    );
    expect(await roleOf(email)).toBe('manager');
    expect(await read(browser, path)).toEqual({
      status: 409,
      text: expect.stringContaining('This invitation was used or revoked.'),
    });
  });

  test('says why it is of no use: to another address, expired, revoked, not whole', async () => {
    const { browser, email } = await signedUp(server);
    const foreign = await invitedTo(`${randomUUID()}@example.com`);
    const text = (words: string) => ({ status: expect.any(Number), text: expect.stringContaining(words) });
    const shown = await read(browser, foreign.path);
    expect(shown).toEqual(text('This invitation is for another e-mail address'));
    expect(shown.text, 'who is signed in').toContain(email);
    expect(shown.text, 'nothing of what it offers').not.toContain('manager');
    const taken = await browser.submit('/auth/invitation', { next: foreign.next });
    expect([taken.status, await roleOf(email)]).toEqual([403, null]);

    const { id, path } = await invitedTo(email);
    const set = (row: Partial<typeof invitations.$inferInsert>) =>
      system(({ db }) => db.update(invitations).set(row).where(eq(invitations.id, id)));
    await set({ expiresAt: new Date(Date.now() - 1) });
    expect(await read(browser, path)).toEqual(text('This invitation has expired'));
    await set({ expiresAt: new Date(Date.now() + 60_000), revokedAt: new Date() });
    expect(await read(browser, path)).toEqual(text('This invitation was used or revoked.'));
    expect(await read(browser, path.slice(0, -1))).toEqual(text('No such invitation.'));
    expect(await read(browser, '/auth/invitation')).toEqual(text('This link is not whole.'));
  });

  test('is shown to an app by its token as well, as accepting it would answer', async () => {
    const guest = await person(server);
    const { token } = await invited(guest, 'viewer');
    const get = (as: SignedIn) => server.query('organisations.getInvitation', { token }, { token: as.token });
    expect((await get(guest)).data).toMatchObject({ role: 'viewer', organisationName: expect.any(String) });
    expect((await get(await person(server))).failure?.code).toBe('invitation.wrong-address');
    await accept(token, guest);
    expect((await get(guest)).failure?.code).toBe('invitation.used');
    const again = await invite(`${guest.userId}@example.com`);
    expect(again.failure?.code).toBe('member.exists');
  });
});
