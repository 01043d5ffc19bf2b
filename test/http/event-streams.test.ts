import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entitlementOverrides } from '../../db/schema/billing.ts';
import { organisations, sessions } from '../../db/schema/identity.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { Failure } from '../../server/core/failure.ts';
import type { Tier } from '../../server/core/tiers.ts';
import { changePersonSuspension } from '../../server/modules/support/suspend-person.ts';
import { keyOf, staffMember } from '../platform/matrix-callers.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';
import { colleague, dataOf, switchTo } from '../support/members.ts';

let server: TestBackend;
/** Another process, which the streams are on. */
let there: TestBackend;
let owner: SignedIn;

beforeAll(async () => {
  const slow = { OFFLINE_CHUNK_MS: '1000' };
  server = await testBackend(slow);
  there = await testBackend(slow);
  owner = await server.signIn();
});
afterAll(async () => {
  await there[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

interface OpenOptions {
  readonly path?: string;
  readonly input?: object;
  readonly app?: string;
}

/** An event stream of the other process that has begun; `ended` tells with which failure it ended, and when. */
async function open(token: string, { path = 'entitlements.follow', input, app }: OpenOptions = {}) {
  const abort = new AbortController();
  const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
  const response = await there.backend.http.request(`/trpc/${path}${search}`, {
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'text/event-stream',
      ...(app === undefined ? {} : { 'x-repspheres-app': app }),
    },
    signal: abort.signal,
  });
  const begun = Promise.withResolvers<void>();
  const read = async () => {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (/^event: serialized-error|^data: .*"(tier|type)"/m.test(text)) begun.resolve();
    }
    const told = /event: serialized-error\ndata: (.*)/.exec(text)?.[1];
    const error = told === undefined ? null : JSON.parse(told);
    return {
      failure: error?.data.failure as ReturnType<Failure['toPublic']> | undefined,
      at: performance.now(),
    };
  };
  const ended = read();
  await begun.promise;
  return { ended, leave: () => abort.abort() };
}

/** With which failure the stream ends after `act`; fails when that takes more than 1 s. */
async function endsBy({ ended }: Awaited<ReturnType<typeof open>>, act: () => Promise<unknown>) {
  await act();
  const done = performance.now();
  const { failure, at } = await ended;
  expect(at - done).toBeLessThan(1_000);
  return failure;
}

const byOwner = (path: string, input: object) => server.mutate(path, input, { token: owner.token });
const write = async (
  body: (db: Parameters<Parameters<typeof withSystemScope>[2]>[0]['db']) => Promise<unknown>,
) => withSystemScope(await testDatabase(), 'write', ({ db }) => body(db));

async function changeTier(orgId: string, tier: Tier): Promise<void> {
  await write(async (db) => {
    await db.update(organisations).set({ tier }).where(eq(organisations.id, orgId));
    await db.update(entitlementOverrides).set({ tier }).where(eq(entitlementOverrides.orgId, orgId));
  });
  await server.backend.identity.announce({ kind: 'changed', orgId });
}

test('a session that is signed out loses its event streams on every process within 1 s; others keep theirs', async () => {
  const { token } = await server.signIn();
  const [stream, other] = [await open(token), await open(owner.token)];
  const failure = await endsBy(stream, () => server.mutate('identity.signOut', undefined, { token }));
  expect(failure).toMatchObject({ code: 'auth.revoked', kind: 'unauthenticated' });
  expect(await Promise.race([other.ended, sleep(50, 'open')])).toBe('open');
  other.leave();
});

test('a suspended person and a suspended organisation lose theirs', async () => {
  const person = await server.signIn();
  const first = await open(person.token);
  const suspended = await endsBy(first, async () =>
    withSystemScope(await testDatabase(), 'write', (scope) =>
      changePersonSuspension(scope, `${person.userId}@example.com`, true),
    ),
  );
  expect(suspended).toMatchObject({ code: 'auth.revoked' });
  const team = await server.signIn();
  const staff = await staffMember(server, await server.signIn());
  const second = await open(team.token);
  const input = { organisationId: team.orgId, reason: 'Ticket 4711: unpaid' };
  const failure = await endsBy(second, () =>
    server.mutate('support.suspendOrganisation', input, { token: staff.token }),
  );
  expect(failure).toMatchObject({ code: 'auth.revoked' });
});

test('a revoked API key loses its event streams', async () => {
  const stream = await open(await keyOf(owner));
  const list = await server.query('apiKeys.list', { limit: 1 }, { token: owner.token });
  const id = dataOf<{ items: { id: string }[] }>(list).items[0]?.id ?? '';
  expect(await endsBy(stream, () => byOwner('apiKeys.revoke', { id }))).toMatchObject({
    code: 'auth.revoked',
  });
});

test('an event stream ends with the proof that opened it', async () => {
  const { token, userId } = await server.signIn();
  const expiresAt = Date.now() + 1_500;
  await write((db) =>
    db
      .update(sessions)
      .set({ expiresAt: new Date(expiresAt) })
      .where(eq(sessions.userId, userId)),
  );
  const { ended } = await open(token);
  expect((await ended).failure).toMatchObject({ code: 'auth.expired-token', kind: 'unauthenticated' });
  expect(Date.now() - expiresAt).toBeLessThan(2_000);
});

test('fewer rights, or another organisation, end it as one to be opened again', async () => {
  const rep = await colleague(server, owner, 'rep');
  const lowered = await open(rep.token);
  const toViewer = () => byOwner('organisations.changeRole', { userId: rep.userId, role: 'viewer' });
  expect(await endsBy(lowered, toViewer)).toMatchObject({ code: 'auth.rights-changed', retryable: true });
  const switched = await open(rep.token);
  expect(await endsBy(switched, () => switchTo(server, rep.token, rep.home))).toMatchObject({
    code: 'auth.rights-changed',
  });
});

test('a plan that falls below the app ends what is work in it, and nothing that is about the account', async () => {
  const { token, orgId } = await server.signIn({ tier: 'repx3' });
  const app = 'canvas';
  const asked = { clientKey: 'a-key-of-my-own', agentId: 'harvey-specter', message: 'How do I open a call?' };
  const started = await there.mutate('runs.start', asked, { token, headers: { 'x-repspheres-app': app } });
  const { runId } = dataOf<{ runId: string }>(started);
  const answer = await open(token, { path: 'runs.follow', input: { runId }, app });
  const account = await open(token, { app });
  const failure = await endsBy(answer, () => changeTier(orgId, 'repx1'));
  expect(failure).toMatchObject({ code: 'plan.upgrade-required', requiredTier: 'repx2' });
  expect(await Promise.race([account.ended, sleep(50, 'open')])).toBe('open');
  account.leave();
});

test('a reader that leaves is forgotten at once, though nothing comes any more', async () => {
  const metric = async () =>
    /^repspheres_event_streams (\d+)$/m.exec(await there.backend.metrics.registry.metrics())?.[1];
  await expect.poll(metric).toBe('0');
  const stream = await open(owner.token);
  expect(await metric()).toBe('1');
  stream.leave();
  await expect.poll(metric).toBe('0');
  await stream.ended.catch(() => {});
});
