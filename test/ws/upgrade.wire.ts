import { request } from 'node:http';
import { expect, test } from 'vitest';
import { gatewayFixture, Raw, until } from './fixture.ts';

interface Answer {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly code: string;
}

/** What a refused handshake is answered with. */
function handshake(port: number, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request({
      port,
      path,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    });
    req.on('error', reject);
    req.on('upgrade', (_res, socket) => {
      socket.destroy();
      reject(new Error('upgraded'));
    });
    req.on('response', (res) => {
      let body = '';
      res.on('data', (chunk) => {
        body += chunk;
      });
      res.on('end', () => {
        const { code } = JSON.parse(body).failure;
        resolve({ status: res.statusCode, retryAfter: res.headers['retry-after'], code });
      });
    });
    req.end();
  });
}

test('F79: foreign origins, wrong paths and tokens in the address are refused before a socket exists', async () => {
  await using it = await gatewayFixture();
  const cases: [string, Record<string, string>, number, string, string][] = [
    ['/trpc', { origin: 'https://evil.example.com' }, 403, 'auth.origin-refused', 'origin'],
    ['/trpc', { origin: 'null' }, 403, 'auth.origin-refused', 'origin'],
    ['/trpc', { origin: 'https://app.example.com.evil.example.com' }, 403, 'auth.origin-refused', 'origin'],
    ['/other', {}, 404, 'request.unknown-procedure', 'path'],
    ['/trpcx', {}, 404, 'request.unknown-procedure', 'path'],
    ['/', {}, 404, 'request.unknown-procedure', 'path'],
    ['/trpc?token=abc', {}, 400, 'request.invalid', 'query-token'],
    ['/trpc?access_token=abc', {}, 400, 'request.invalid', 'query-token'],
    ['/trpc?x=eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', {}, 400, 'request.invalid', 'query-token'],
    ['/trpc', { 'sec-websocket-key': 'short' }, 400, 'request.invalid', 'handshake'],
    ['/trpc', { 'sec-websocket-version': '7' }, 400, 'request.invalid', 'handshake'],
  ];
  for (const [path, headers, status, code] of cases) {
    expect(await handshake(it.port, path, headers)).toMatchObject({ status, code });
  }
  expect(it.metrics.refusals).toEqual(cases.map(([, , , , reason]) => reason));
  expect(it.metrics.opens).toBe(0);
});

test('F79: a refused upgrade costs at most 2 ms of CPU', async () => {
  await using it = await gatewayFixture();
  const refuse = () => handshake(it.port, '/trpc', { origin: 'https://evil.example.com' });
  for (let n = 0; n < 50; n += 1) await refuse();
  const before = process.cpuUsage();
  for (let n = 0; n < 200; n += 1) await refuse();
  const { user, system } = process.cpuUsage(before);
  // Server and client together; the server's part is smaller still.
  expect((user + system) / 200 / 1_000).toBeLessThan(2);
});

test('F79: wrong, expired and malformed credentials close with a typed frame', async () => {
  await using it = await gatewayFixture();
  it.principals.member('old', { expiresAt: Date.now() - 1_000 });
  for (const [token, code] of [
    ['nobody', 'auth.invalid-token'],
    ['old', 'auth.expired-token'],
  ] as const) {
    const raw = await it.raw(token);
    expect(await raw.closed).toMatchObject({ code: 4401, reason: code });
    expect(raw.frames.at(-1)).toMatchObject({ id: null, error: { data: { failure: { code } } } });
  }
  for (const first of ['{', '[]', '{"id":1}', '{"method":"connectionParams","data":{"token":7}}']) {
    const raw = await new Raw(`${it.url}?connectionParams=1`).open();
    raw.send(first);
    expect((await raw.closed).code).toBe(4400);
  }
});

test('a caller that is not a browser may send its token in the Authorization header', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann', { tier: 'repx4' });
  const raw = await it.raw(undefined, { authorization: 'Bearer ann', 'x-repspheres-app': 'canvas' });
  raw.send({ id: 1, method: 'query', params: { path: 'whoAmI' } });
  const { result } = await raw.frame((frame) => frame.id === 1);
  expect(result?.data).toEqual({ actor: 'member', app: 'canvas', tier: 'repx4' });
});

test('F80: a silent socket is closed at the deadline, an authenticated one may be silent', async () => {
  await using it = await gatewayFixture({ limits: { authMs: 200 } });
  it.principals.member('ann');
  const silent = await it.raw();
  const promised = await new Raw(`${it.url}?connectionParams=1`).open();
  const member = await it.raw('ann');
  for (const raw of [silent, promised]) {
    const { code, afterMs } = await raw.closed;
    expect(code).toBe(4408);
    expect(afterMs).toBeGreaterThan(190);
    expect(afterMs).toBeLessThan(600);
  }
  expect(member.ws.readyState).toBe(1);
  expect(it.metrics.refusals).toEqual(['auth-deadline', 'auth-deadline']);
});

test('F85: caps of user, organisation, address and process answer typed and say when to come back', async () => {
  await using it = await gatewayFixture({
    limits: { perUser: 3, perAddress: 8, perProcess: 10 },
    organisationCap: () => 4,
  });
  const ann = it.principals.member('ann');
  it.principals.member('bob', { orgId: ann.orgId });
  it.principals.member('cid', { orgId: ann.orgId });
  const open = [await it.raw('ann'), await it.raw('ann'), await it.raw('ann')];
  const fourth = await it.raw('ann');
  expect(await fourth.closed).toMatchObject({ code: 4429, reason: 'socket.too-many' });
  expect(fourth.frames.at(-1)?.error?.data.failure).toMatchObject({
    code: 'socket.too-many',
    retryAfterMs: 30_000,
  });
  open.push(await it.raw('bob'));
  expect((await (await it.raw('cid')).closed).code).toBe(4429);
  await until(() => it.gateway.stats().sockets === 4);
  for (let n = 0; n < 4; n += 1) open.push(await it.raw());
  const perAddress = await handshake(it.port, '/trpc');
  expect(perAddress).toMatchObject({ status: 429, code: 'socket.too-many' });
  expect(Number(perAddress.retryAfter)).toBeGreaterThan(0);
  for (let n = 0; n < 2; n += 1) open.push(await it.raw(undefined, { 'x-forwarded-for': `192.0.2.${n}` }));
  const perProcess = await handshake(it.port, '/trpc', { 'x-forwarded-for': '192.0.2.9' });
  expect(perProcess).toMatchObject({ status: 503, code: 'server.overloaded' });
  expect(Number(perProcess.retryAfter)).toBeGreaterThan(0);
  expect(it.metrics.refusals).toEqual(['user-cap', 'organisation-cap', 'address-cap', 'process-cap']);
  for (const raw of open) raw.ws.close();
  await until(() => it.gateway.stats().sockets === 0);
  expect(it.gateway.stats().keys).toBe(0);
  await it.raw('ann');
});

test('F85: IPv6 callers are counted by their /64', async () => {
  await using it = await gatewayFixture({ limits: { perAddress: 2 } });
  await it.raw(undefined, { 'x-forwarded-for': '2001:db8:1:2::1' });
  await it.raw(undefined, { 'x-forwarded-for': '2001:db8:1:2:ffff::9' });
  expect(await handshake(it.port, '/trpc', { 'x-forwarded-for': '2001:0db8:0001:0002::7' })).toMatchObject({
    status: 429,
  });
  await it.raw(undefined, { 'x-forwarded-for': '2001:db8:1:3::1' });
});
