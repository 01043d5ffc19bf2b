import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { endSessions } from '../../db/queries/sessions.ts';
import { memberships, users } from '../../db/schema/identity.ts';
import { withSystemScope } from '../../db/tx.ts';
import { createJobOperations } from '../../server/main/job-operations.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { listening } from '../support/listening.ts';
import { switchTo } from '../support/members.ts';
import { oidcTokens } from '../support/oidc.ts';
import { password, signedUp } from '../support/signed-up.ts';

interface Listening {
  readonly server: TestBackend;
  readonly port: number;
  end(): Promise<void>;
}

const shared = { AUTH_SECRET: 'a-secret-that-two-processes-share-with-each-other' };

async function started(variables: Record<string, string>): Promise<Listening> {
  const server = await testBackend({ ...shared, ...variables });
  const { port, end } = await listening(server);
  return { server, port, end: () => end().then(() => server[Symbol.asyncDispose]()) };
}

/** A site of somebody else that takes logout tokens, and fails as often as told. */
const site = { tokens: [] as string[], failures: 0 };
const siteServer = createServer((request, response) => {
  void bodyOf(request).then((body) => {
    if (site.failures > 0) {
      site.failures -= 1;
      response.writeHead(500).end();
      return;
    }
    site.tokens.push(new URLSearchParams(body).get('logout_token') ?? '');
    response.writeHead(204).end();
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

let here: Listening;
let there: Listening;
beforeAll(async () => {
  await new Promise<void>((resolve) => siteServer.listen(0, '127.0.0.1', resolve));
  const logoutUri = `http://127.0.0.1:${(siteServer.address() as AddressInfo).port}/logout`;
  const redirectUris = ['https://partner.example.net/callback'];
  const partner = { clientId: 'partner', name: 'Partner', firstParty: true, redirectUris, logoutUri };
  const variables = { OIDC_CLIENTS: JSON.stringify([partner]) };
  here = await started(variables);
  there = await started(variables);
  await here.server.backend.jobs.start();
});
afterAll(async () => {
  await here.end();
  await there.end();
  await new Promise((resolve) => siteServer.close(resolve));
});

interface OpenSocket {
  readonly ready: Promise<void>;
  readonly closed: Promise<{ code: number; reason: string; at: number }>;
}

/** A browser's socket, proved by its cookie and origin alone. */
function socketOf(browser: Browser, port: number, origin = browser.origin): OpenSocket {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/trpc`, {
    headers: { cookie: browser.cookieHeader, origin },
  });
  ws.on('error', () => {});
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  ws.on('open', () =>
    ws.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'identity.getSession' } })),
  );
  ws.on('message', (data) => {
    const frame = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: { message: string } };
    if (frame.id !== 1) return;
    if (frame.result === undefined) reject(new Error(frame.error?.message));
    else resolve();
  });
  ws.on('unexpected-response', (_request, response) => reject(new Error(String(response.statusCode))));
  const closed = new Promise<{ code: number; reason: string; at: number }>((done) =>
    ws.on('close', (code, reason) => done({ code, reason: String(reason), at: performance.now() })),
  );
  return { ready, closed };
}

async function bearer(browser: Browser): Promise<string> {
  const response = await browser.post('/trpc/identity.renewToken', undefined);
  return ((await response.json()) as { result: { data: { accessToken: string } } }).result.data.accessToken;
}

/** The session of a person on both processes, its socket on the other one, and the proofs that must die with it. */
async function everywhere() {
  const { browser, email } = await signedUp(here.server);
  const elsewhere = new Browser(there.server.backend);
  for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value);
  const socket = socketOf(elsewhere, there.port);
  await socket.ready;
  const token = await bearer(browser);
  const tokens = await oidcTokens(browser);
  const codes = async (server: TestBackend) => {
    const byBearer = await server.query('identity.getSession', undefined, { token });
    const bySite = await server.query('identity.getSession', undefined, { token: tokens.access_token });
    const byCookie = await server.query('identity.getSession', undefined, {
      headers: { cookie: elsewhere.cookieHeader },
    });
    return [byBearer, bySite, byCookie].map(({ failure }) => failure?.code ?? 'ok');
  };
  return { browser, email, socket, tokens, codes };
}

/** Somebody else, who owns the one organisation of the person, takes them out of it. */
async function removeFromOnly(email: string): Promise<void> {
  const owner = await here.server.signIn();
  const [membership] = await withSystemScope(await testDatabase(), 'write', async ({ db }) => {
    const found = await db
      .update(memberships)
      .set({ role: 'rep' })
      .where(eq(memberships.userId, db.select({ id: users.id }).from(users).where(eq(users.email, email))))
      .returning();
    const orgId = found[0]?.orgId ?? '';
    await db.insert(memberships).values({ orgId, userId: owner.userId, role: 'owner' });
    return found;
  });
  const token = await switchTo(here.server, owner.token, membership?.orgId ?? '');
  const input = { userId: membership?.userId };
  expect((await here.server.mutate('organisations.removeMember', input, { token })).status).toBe(200);
}

/** The time to cancel is over. */
async function beginErasure(browser: Browser, email: string): Promise<unknown> {
  const asked = await browser.post('/trpc/personalData.requestErasure', { confirm: email });
  const { result } = (await asked.json()) as { result: { data: { id: string } } };
  return createJobOperations(here.server.backend.ports).beginDataRequest({ requestId: result.data.id });
}

const gone = ['auth.revoked', 'auth.revoked', 'auth.required'];

async function expectGone(person: Awaited<ReturnType<typeof everywhere>>, since: number): Promise<void> {
  expect(await person.socket.closed).toMatchObject({ code: 4401, reason: 'auth.revoked' });
  expect((await person.socket.closed).at - since).toBeLessThan(1_000);
  await sleep(Math.max(0, since + 1_000 - performance.now()));
  expect(await person.codes(there.server)).toEqual(gone);
  expect(await person.codes(here.server)).toEqual(gone);
  const refreshed = await here.server.backend.http.request('/api/auth/oauth2/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      client_id: 'crm',
      grant_type: 'refresh_token',
      refresh_token: person.tokens.refresh_token,
    }),
  });
  expect(await refreshed.json()).toMatchObject({ error: 'invalid_grant' });
}

describe('within a second, on every process, sockets and tokens of sites included, a session is ended by', () => {
  const ways: Record<string, (person: Awaited<ReturnType<typeof everywhere>>) => Promise<unknown>> = {
    'signing out': ({ browser }) => browser.post('/trpc/identity.signOut', undefined),
    'the sign-out of the provider': ({ browser }) => browser.post('/api/auth/sign-out', {}),
    'a revocation from another session': async ({ browser, email }) => {
      const session = await browser.request('/trpc/identity.getSession');
      const { result } = (await session.json()) as { result: { data: { sessionId: string } } };
      const other = new Browser(here.server.backend);
      await other.post('/api/auth/sign-in/email', { email, password });
      const answer = await other.post('/trpc/identity.revokeSession', { sessionId: result.data.sessionId });
      expect(answer.status).toBe(200);
    },
    'a new password': async ({ email }) => {
      const other = new Browser(here.server.backend);
      await other.post('/api/auth/sign-in/email', { email, password });
      const answer = await other.post('/api/auth/change-password', {
        currentPassword: password,
        newPassword: 'an even longer phrase 43',
        revokeOtherSessions: true,
      });
      expect(answer.status).toBe(200);
    },
    'a password reset': async ({ email }) => {
      here.server.mailbox.sent.length = 0;
      const other = new Browser(here.server.backend);
      await other.post('/api/auth/request-password-reset', {
        email,
        redirectTo: 'http://localhost:8787/auth/reset',
      });
      const answer = await other.open(await here.server.mailbox.link(email));
      const token = new URL(answer.headers.get('location') ?? '', 'http://localhost').searchParams.get(
        'token',
      );
      await other.post('/api/auth/reset-password', { newPassword: 'an even longer phrase 44', token });
    },
    'removal from their only organisation': ({ email }) => removeFromOnly(email),
    'the beginning of their erasure': ({ browser, email }) => beginErasure(browser, email),
    'the suspension of the person': async ({ email }) => {
      await withSystemScope(await testDatabase(), 'write', async (scope) => {
        const suspended = await scope.db
          .update(users)
          .set({ suspendedAt: new Date() })
          .where(eq(users.email, email))
          .returning({ id: users.id });
        await endSessions(scope, { userId: suspended[0]?.id ?? '' });
      });
    },
  };

  test.each(Object.keys(ways))('%s', async (way) => {
    const person = await everywhere();
    expect(await person.codes(there.server)).toEqual(['ok', 'ok', 'ok']);
    await ways[way]?.(person);
    await expectGone(person, performance.now());
  });

  test('signing out, though the announcement itself is lost', async () => {
    const person = await everywhere();
    expect(await person.codes(there.server)).toEqual(['ok', 'ok', 'ok']);
    const database = await testDatabase();
    // Without NOTIFY: the row of the table is what another process finds.
    const since = performance.now();
    const { sessionId } = await sessionOf(person.browser);
    await withSystemScope(database, 'write', async ({ db }) => {
      await db.execute(sql`update sessions set revoked_at = now() where id = ${sessionId}`);
      await db.execute(
        sql`insert into principal_changes (payload) values (${JSON.stringify({ kind: 'revoked', sessionId })})`,
      );
    });
    expect(await person.socket.closed).toMatchObject({ code: 4401, reason: 'auth.revoked' });
    expect((await person.socket.closed).at - since).toBeLessThan(1_000);
    expect(await person.codes(there.server)).toEqual(gone);
  });
});

async function sessionOf(browser: Browser): Promise<{ sessionId: string }> {
  const session = await browser.request('/trpc/identity.getSession');
  return ((await session.json()) as { result: { data: { sessionId: string } } }).result.data;
}

test('the sessions of a suspended person cannot be opened anew', async () => {
  const { email } = await signedUp(here.server);
  await withSystemScope(await testDatabase(), 'write', ({ db }) =>
    db.update(users).set({ suspendedAt: new Date() }).where(eq(users.email, email)),
  );
  const browser = new Browser(here.server.backend);
  const answer = await browser.post('/api/auth/sign-in/email', { email, password });
  expect(answer.status).toBe(403);
  expect(browser.cookies.has('rs.session_token')).toBe(false);
});

test('a browser socket by cookie is refused to another origin, before it is upgraded', async () => {
  const { browser } = await signedUp(here.server);
  await expect(socketOf(browser, here.port, 'https://evil.example').ready).rejects.toThrow('403');
});

describe('a site that shared the session gets a logout token', () => {
  const ends: Record<string, (browser: Browser, email: string) => Promise<unknown>> = {
    'after a sign-out, again until it answers': (browser) => {
      site.failures = 1;
      return browser.post('/trpc/identity.signOut', undefined);
    },
    'after a removal': (_browser, email) => removeFromOnly(email),
    'after the beginning of an erasure, which waits for it': async (browser, email) => {
      expect(await beginErasure(browser, email)).toMatchObject({ tellsSites: true });
    },
  };

  test.each(Object.keys(ends))('%s', async (end) => {
    const { browser, email } = await signedUp(here.server);
    await oidcTokens(browser, { client_id: 'partner', redirect_uri: 'https://partner.example.net/callback' });
    const { sessionId } = await sessionOf(browser);
    site.tokens.length = 0;
    await ends[end]?.(browser, email);
    for (const deadline = Date.now() + 15_000; site.tokens.length === 0 && Date.now() < deadline; )
      await sleep(50);
    const keys = await here.server.backend.http.request('/.well-known/jwks.json');
    const { payload, protectedHeader } = await jwtVerify(
      site.tokens[0] ?? '',
      createLocalJWKSet((await keys.json()) as JSONWebKeySet),
      { issuer: 'http://localhost:8787', audience: 'partner', typ: 'logout+jwt' },
    );
    expect(protectedHeader.alg).toBe('ES256');
    expect(payload).toMatchObject({ sid: sessionId, sub: expect.stringMatching(/^usr_/) });
    expect(payload.events).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} });
    expect(payload.nonce).toBeUndefined();
  });
});
