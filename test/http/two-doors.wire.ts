import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Logger } from '../../server/core/observe.ts';
import { queryDoor } from '../../server/http/query-door.ts';
import { limitRules } from '../../server/integrations/limits/rules.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';

/** What came back, with what differs from request to request replaced by a word. */
interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly logged: readonly unknown[];
  readonly counted: readonly string[];
}

const logged: unknown[] = [];
const note = (level: string) => (fields: object, text?: string) => {
  if (level !== 'debug') logged.push({ level, text, ...fields, requestId: 'ID' });
};
const logger: Logger = {
  debug: note('debug'),
  info: note('info'),
  warn: note('warn'),
  error: note('error'),
  child: () => logger,
};

let server: TestBackend;
let member: SignedIn;
let guest: string;
let conversationId: string;
let both: { readonly fetch: Server; readonly node: Server };
/** Requests that the fetch application answered behind the door of Node. */
let delegated = 0;

beforeAll(async () => {
  server = await testBackend({ TRUSTED_PROXY_HOPS: '1' }, { logger });
  member = await server.signIn();
  guest = await server.guest();
  const input = { agentId: 'harvey-specter', title: 'Zürich – “quotes” 🙂', clientKey: randomUUID() };
  const created = await server.mutate('conversations.create', input, { token: member.token });
  conversationId = created.data?.id as string;
  const { doors, http } = server.backend;
  const rest = getRequestListener(http.fetch);
  const door = queryDoor(doors, (...exchange) => {
    delegated += 1;
    return rest(...exchange);
  });
  both = { fetch: await listening(rest), node: await listening(door) };
});
afterAll(async () => {
  for (const one of Object.values(both)) {
    one.closeAllConnections();
    one.close();
  }
  await server[Symbol.asyncDispose]();
});

async function listening(listener: RequestListener): Promise<Server> {
  const one = createServer({ joinDuplicateHeaders: true }, listener);
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  return one;
}

/** Headers as a flat list of names and values, so that one may come twice. */
function exchange(
  to: Server,
  path: string,
  headers: readonly string[],
): Promise<Omit<Seen, 'logged' | 'counted'>> {
  const { port } = to.address() as AddressInfo;
  const { promise, resolve, reject } = Promise.withResolvers<Omit<Seen, 'logged' | 'counted'>>();
  const sent = ['host', `127.0.0.1:${port}`, ...headers];
  const asked = request({ port, host: '127.0.0.1', path, headers: sent, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const packed = Buffer.concat(chunks);
      const body = response.headers['content-encoding'] === 'gzip' ? gunzipSync(packed) : packed;
      // Of the connection and its framing, not of the answer.
      const { date, connection, 'keep-alive': _, 'content-length': __, ...kept } = response.headers;
      delete kept['transfer-encoding'];
      const id = String(kept['x-request-id']);
      kept['x-request-id'] = /^req_[0-9a-f]{32}$/.test(id) ? 'ID' : 'NONE';
      resolve({
        status: response.statusCode ?? 0,
        headers: { ...kept, vary: varied(kept.vary) },
        body: body
          .toString('utf8')
          .replaceAll(id, 'ID')
          .replace(/"retryAfterMs":\d+/, '"retryAfterMs":1'),
      });
    });
  });
  asked.on('error', reject);
  asked.end();
  return promise;
}

/** `Vary` is a set of names in any case. */
function varied(vary: string | undefined): string[] {
  return [...new Set((vary ?? '').toLowerCase().split(/\s*,\s*/))].filter((name) => name !== '').sort();
}

async function counts(): Promise<Map<string, number>> {
  const text = await server.backend.metrics.registry.metrics();
  return new Map(
    [...text.matchAll(/^(repspheres_(?:http|operation)_seconds_count\{.*?\}) (\d+)$/gm)].map(
      ([, name = '', value]) => [name, Number(value)],
    ),
  );
}

async function seen(to: Server, path: string, headers: readonly string[]): Promise<Seen> {
  logged.length = 0;
  const before = await counts();
  const answer = await exchange(to, path, headers);
  const after = await counts();
  const counted = [...after].flatMap(([name, value]) => {
    const times = value - (before.get(name) ?? 0);
    return times === 0 ? [] : [`${name} ${times}`];
  });
  return { ...answer, logged: [...logged], counted };
}

const bearer = () => ['authorization', `Bearer ${member.token}`];
const input = (value: unknown) => `?input=${encodeURIComponent(JSON.stringify(value))}`;
const deep = '['.repeat(33) + ']'.repeat(33);
type Call = readonly [what: string, path: () => string, headers: () => readonly string[]];

/** Answered on node:http. */
const direct: readonly Call[] = [
  ['a list', () => `/trpc/conversations.list${input({ limit: 25 })}`, bearer],
  ['a list without input', () => '/trpc/conversations.list', bearer],
  ['a list with an empty query', () => '/trpc/conversations.list?', bearer],
  ['one by id', () => `/trpc/conversations.get${input({ id: conversationId })}`, bearer],
  ['a public query of a member', () => `/trpc/agents.list${input({ app: 'crm' })}`, bearer],
  ['the session', () => '/trpc/identity.getSession', bearer],
  ['an app in the URL', () => '/trpc/identity.getSession?app=crm', bearer],
  [
    'an app in the header',
    () => '/trpc/identity.getSession',
    () => [...bearer(), 'x-repspheres-app', 'canvas'],
  ],
  [
    'an allowed origin',
    () => '/trpc/conversations.list',
    () => [...bearer(), 'origin', 'https://app.example.com'],
  ],
  ['another origin', () => '/trpc/conversations.list', () => [...bearer(), 'origin', 'https://evil.example']],
  ['a browser', () => '/trpc/agents.list', () => [...bearer(), 'accept-encoding', 'gzip, deflate, br, zstd']],
  ['a browser that fails', () => '/trpc/conversations.get', () => [...bearer(), 'accept-encoding', 'gzip']],
  ['an unknown id', () => `/trpc/conversations.get${input({ id: `conv_${'0'.repeat(32)}` })}`, bearer],
  ['a wrong id', () => `/trpc/conversations.get${input({ id: 'x' })}`, bearer],
  ['a wrong limit', () => `/trpc/conversations.list${input({ limit: 1e9 })}`, bearer],
  ['input that is no JSON', () => '/trpc/conversations.list?input=%7B', bearer],
  ['input that is empty', () => '/trpc/conversations.list?input=', bearer],
  ['input that is no object', () => '/trpc/conversations.list?input=7', bearer],
  ['input given twice', () => '/trpc/conversations.list?input={"limit":1}&input=x', bearer],
  ['input with plus and spaces', () => '/trpc/conversations.search?input={"query":"a+b%20c"}', bearer],
  ['a key given twice', () => '/trpc/conversations.list?input={"limit":1,"limit":"x"}', bearer],
  ['__proto__ as a key', () => '/trpc/conversations.list?input={"__proto__":{"limit":1}}', bearer],
  ['half of a surrogate pair', () => '/trpc/conversations.search?input={"query":"ab\\ud800"}', bearer],
  ['a null character', () => '/trpc/conversations.search?input={"query":"ab\\u0000"}', bearer],
  ['bytes that are no UTF-8', () => '/trpc/conversations.list?input=%ff%fe', bearer],
  ['a half escape', () => '/trpc/conversations.list?input=%2', bearer],
  ['a refused token', () => '/trpc/conversations.list', () => ['authorization', 'Bearer nonsense']],
  [
    'a token in capitals',
    () => '/trpc/identity.getSession',
    () => ['authorization', `BEARER  ${member.token}`],
  ],
  [
    'a guest who lacks the right',
    () => '/trpc/conversations.list',
    () => ['authorization', `Bearer ${guest}`],
  ],
  [
    'a refused guest with wrong input',
    () => '/trpc/conversations.list?input=x',
    () => ['authorization', `Bearer ${guest}`],
  ],
  [
    'a chain of proxies',
    () => '/trpc/conversations.list',
    () => [...bearer(), 'x-forwarded-for', '192.0.2.7, 10.0.0.1'],
  ],
  ['two tokens', () => '/trpc/conversations.list', () => [...bearer(), ...bearer()]],
];

/** Left to the fetch application. */
const odd: readonly Call[] = [
  ['another scheme', () => '/trpc/conversations.list', () => ['authorization', 'Basic dXNlcjpwYXNz']],
  ['nobody', () => '/trpc/conversations.list', () => []],
  ['a batch', () => '/trpc/conversations.list,agents.categories?batch=1&input={}', bearer],
  ['a batch of one', () => '/trpc/conversations.list?batch=1', bearer],
  ['connection parameters', () => '/trpc/conversations.list?connectionParams={}', bearer],
  ['a mutation by GET', () => '/trpc/conversations.create', bearer],
  ['an unknown procedure', () => '/trpc/conversations.nothing', bearer],
  ['a name of every object', () => '/trpc/constructor', bearer],
  ['an escaped name', () => '/trpc/conversations%2Elist', bearer],
  ['a slash at the end', () => '/trpc/conversations.list/', bearer],
  ['dots in the path', () => '/trpc/../trpc/conversations.list', bearer],
  ['deep input', () => `/trpc/conversations.list?input=${deep}`, bearer],
  ['a long URL', () => `/trpc/conversations.list?input=${'x'.repeat(9000)}`, bearer],
  [
    'an idempotency key',
    () => '/trpc/conversations.list',
    () => [...bearer(), 'idempotency-key', 'x'.repeat(201)],
  ],
  ['JSON lines', () => '/trpc/conversations.list', () => [...bearer(), 'trpc-accept', 'application/jsonl']],
  [
    'weighed encodings',
    () => '/trpc/agents.list',
    () => [...bearer(), 'accept-encoding', 'gzip;q=0, identity'],
  ],
  ['a fragment', () => '/trpc/conversations.list#?input=x', bearer],
];

async function expectSame([, path, headers]: Call): Promise<Seen> {
  const expected = await seen(both.fetch, path(), headers());
  const actual = await seen(both.node, path(), headers());
  expect(actual).toEqual(expected);
  return actual;
}

describe('the door of Node answers as the fetch application does', () => {
  test.each(direct)('and without it: %s', async (...call) => {
    const before = delegated;
    await expectSame(call);
    expect(delegated - before).toBe(0);
  });

  test.each(odd)('and by it: %s', async (...call) => {
    const before = delegated;
    await expectSame(call);
    expect(delegated - before).toBe(1);
  });

  test('when a budget is spent', async () => {
    const spent = await server.signIn({ tier: 'repx0' });
    const call: Call = [
      'spent',
      () => '/trpc/identity.getSession',
      () => ['authorization', `Bearer ${spent.token}`],
    ];
    const subject = `user:${spent.userId}`;
    await server.backend.ports.limiter.consume({
      rule: limitRules.member,
      subject,
      cost: limitRules.member.limit,
    });
    const expected = await seen(both.fetch, call[1](), call[2]());
    const actual = await seen(both.node, call[1](), call[2]());
    // Between the two questions a second may begin.
    const wait = Number(expected.headers['retry-after']);
    expect(wait).toBeGreaterThan(0);
    expect([wait, wait - 1]).toContain(Number(actual.headers['retry-after']));
    const rest = { ...actual.headers, 'retry-after': expected.headers['retry-after'] };
    expect({ ...actual, headers: rest }).toEqual(expected);
    expect(actual.status).toBe(429);
  });

  test('when the procedure has a defect, without a word about it', async () => {
    const { sessions } = server.backend.identity;
    const resolve = sessions.resolve;
    sessions.resolve = async () => {
      throw new Error('a defect that names a table');
    };
    try {
      const { status, body } = await expectSame(['a defect', () => '/trpc/conversations.list', bearer]);
      expect(status).toBe(500);
      expect(body).not.toContain('table');
    } finally {
      sessions.resolve = resolve;
    }
  });
});
