import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { keyOf, staffMember } from '../platform/matrix-callers.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { listening } from '../support/listening.ts';
import { colleague, dataOf, switchTo } from '../support/members.ts';

let server: TestBackend;
/** Another process, which the sockets are on. */
let there: TestBackend;
let owner: SignedIn;
let port: number;
let end: () => Promise<void>;

beforeAll(async () => {
  server = await testBackend();
  there = await testBackend();
  const doors = await listening(there);
  port = doors.port;
  owner = await server.signIn();
  end = async () => {
    await doors.end();
    await there[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
});
afterAll(() => end());

/** An open socket that has answered a query; `closed` tells code and reason. */
async function open(token: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/trpc`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const closed = new Promise<{ code: number; reason: string; at: number }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason), at: performance.now() }));
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const answered = new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'agents.list' } }));
  await answered;
  return { socket, closed };
}

/** How the socket ends after `act`; fails when that takes more than 1 s. */
async function endsBy(socket: Awaited<ReturnType<typeof open>>, act: () => Promise<{ status: number }>) {
  const asked = performance.now();
  expect((await act()).status).toBe(200);
  const { code, reason, at } = await socket.closed;
  expect(at - asked).toBeLessThan(1_000);
  return { code, reason };
}

const byOwner = (path: string, input: object) => server.mutate(path, input, { token: owner.token });

test('a member who is removed loses open sockets on every process within 1 s; others keep theirs', async () => {
  const rep = await colleague(server, owner, 'rep');
  const [socket, other] = [await open(rep.token), await open(owner.token)];
  const ended = await endsBy(socket, () => byOwner('organisations.removeMember', { userId: rep.userId }));
  // Still signed in, in the personal organisation: the client connects again, with a token for that.
  expect(ended).toMatchObject({ code: 4409 });
  expect(other.socket.readyState).toBe(WebSocket.OPEN);
  other.socket.close();
});

test('a role with fewer rights ends the socket as resumable', async () => {
  const rep = await colleague(server, owner, 'rep');
  const socket = await open(rep.token);
  const input = { userId: rep.userId, role: 'viewer' };
  expect(await endsBy(socket, () => byOwner('organisations.changeRole', input))).toMatchObject({
    code: 4409,
  });
});

test('switching the organisation ends the other sockets of the session as resumable', async () => {
  const rep = await colleague(server, owner, 'rep');
  const socket = await open(rep.token);
  const ended = await endsBy(socket, async () => {
    await switchTo(server, rep.token, rep.home);
    return { status: 200 };
  });
  expect(ended).toMatchObject({ code: 4409 });
});

test('a revoked API key loses its open sockets', async () => {
  const key = await keyOf(owner);
  const socket = await open(key);
  const list = await server.query('apiKeys.list', { limit: 1 }, { token: owner.token });
  const id = dataOf<{ items: { id: string }[] }>(list).items[0]?.id ?? '';
  const ended = await endsBy(socket, () => byOwner('apiKeys.revoke', { id }));
  expect(ended).toEqual({ code: 4401, reason: 'auth.revoked' });
});

test('a suspended organisation loses all its sockets', async () => {
  const team = await server.signIn();
  const staff = await staffMember(server, await server.signIn());
  const socket = await open(team.token);
  const input = { organisationId: team.orgId, reason: 'Ticket 4711: unpaid' };
  const ended = await endsBy(socket, () =>
    server.mutate('support.suspendOrganisation', input, { token: staff.token }),
  );
  expect(ended).toEqual({ code: 4401, reason: 'auth.revoked' });
});

test('an organisation on the free plan holds 20 sockets of a process; the next is told when to come back', async () => {
  const free = await server.signIn({ tier: 'repx0' });
  const members = [free, await colleague(server, free, 'rep'), await colleague(server, free, 'rep')];
  const opened = [];
  for (const { token } of members.slice(0, 2))
    for (let count = 0; count < 10; count += 1) opened.push(await open(token));
  const refused = await open(members[2]?.token ?? '');
  expect(await refused.closed).toMatchObject({ code: 4429, reason: 'socket.too-many' });
  for (const { socket } of opened) socket.close();
  await Promise.all(opened.map(({ closed }) => closed));
  const later = await open(members[2]?.token ?? '');
  later.socket.close();
});
