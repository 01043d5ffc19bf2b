import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Logger } from '../../server/core/observe.ts';
import { listen } from '../../server/main/listen.ts';
import { createSockets } from '../../server/main/sockets.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';

let server: TestBackend;
let member: SignedIn;
let http: Server;
let end: () => Promise<void>;
const defects: unknown[] = [];
const logger: Logger = {
  debug() {},
  info() {},
  warn: (fields, text) => defects.push([text, fields]),
  error: (fields, text) => defects.push([text, fields]),
  child: () => logger,
};

beforeAll(async () => {
  server = await testBackend({}, { logger });
  member = await server.signIn();
  const gateway = createSockets(server.backend, server.config);
  http = await listen(server.backend, gateway, { host: '127.0.0.1', port: 0 });
  end = async () => {
    await gateway.drain({ graceMs: 0, jitterMs: 0 });
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    await server[Symbol.asyncDispose]();
  };
});
afterAll(() => end());

interface Heard {
  readonly text: string;
  readonly status: number;
  /** Bytes the server let us send before it closed or the time was over. */
  readonly sent: number;
  readonly closed: boolean;
}

/** Writes `first`, then `more` again and again where it is given, until the server closes or `ms` have passed. */
async function say(first: string | Buffer, { more = '', ms = 2_000 } = {}): Promise<Heard> {
  const socket = connect((http.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {}); // a reset is one of the server's answers
  socket.on('close', () => {
    closed = true;
  });
  await once(socket, 'connect');
  socket.write(first);
  const until = performance.now() + ms;
  const answered = () => more === '' && /\r\n\r\n[\s\S]/.test(text);
  while (!closed && !answered() && performance.now() < until) {
    if (more !== '' && socket.writableLength < 1024 * 1024) socket.write(more);
    await sleep(more === '' ? 10 : 0);
  }
  const sent = socket.bytesWritten - socket.writableLength;
  socket.destroy();
  return { text, status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), sent, closed };
}

function head(line: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = { host: 'localhost', authorization: `Bearer ${member.token}`, ...headers };
  return `${line} HTTP/1.1\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
}

function post(path: string, body: string): string {
  const length = String(Buffer.byteLength(body));
  return head(`POST ${path}`, { 'content-type': 'application/json', 'content-length': length }) + body;
}

const list = 'GET /trpc/conversations.list';
const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
const create = '/trpc/conversations.create';
const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`x-${index}`, 'y']));

test.each([
  ['a URL of 1 MB', () => head(`${list}?input=${'x'.repeat(1_000_000)}`), [431]],
  ['a URL of 15 kB', () => head(`${list}?input=${'x'.repeat(15_000)}`), [400, 413]],
  ['2,000 headers', () => head(list, many), [431]],
  ['a header of 1 MB', () => head(list, { 'x-long': 'y'.repeat(1_000_000) }), [431]],
  ['a header that is no text', () => head(list, { 'x-odd': 'a\u0000b' }), [400]],
  ['no host', () => `${list} HTTP/1.1\r\n\r\n`, [400]],
  ['a host that is no name', () => head(list, { host: 'a b/@?' }), [400]],
  ['a host that is no address', () => head(list, { host: '1.2.3.999' }), [400]],
  ['a host with a strange port', () => head(list, { host: 'localhost:99999' }), [400]],
  ['two lengths', () => head(`POST ${create}`, { 'content-length': '1', 'Content-Length': '2' }), [400]],
  [
    'length and chunks',
    () => head(`POST ${create}`, { 'content-length': '1', 'transfer-encoding': 'chunked' }),
    [400],
  ],
  ['a negative length', () => head(`POST ${create}`, { 'content-length': '-1' }), [400]],
  ['a length beyond 1 MiB', () => head(`POST ${create}`, { 'content-length': '99999999999' }), [413]],
  ['a request in nonsense', () => '\u0016\u0003\u0001\u0002\r\n\r\n', [400]],
  ['an unknown method', () => head('BREW /trpc/agents.list'), [400]],
  ['TRACE', () => head('TRACE /trpc/agents.list'), [400, 404, 405]],
  ['HEAD', () => head('HEAD /trpc/agents.list'), [400, 405]],
  ['PUT', () => head('PUT /trpc/agents.list', { 'content-length': '0' }), [400, 405]],
  ['CONNECT', () => head('CONNECT example.com:443'), [0, 400, 404, 405]],
  ['an absolute address', () => head('GET http://169.254.169.254/trpc/conversations.list'), [200, 400]],
  ['a body of brackets', () => post(create, '['.repeat(1024 * 1024 - 1)), [400]],
  ['a body of objects', () => post(create, '{"a":'.repeat(200_000)), [400]],
  ['a number without end', () => post(create, `{"agentId":${'9'.repeat(100_000)}}`), [400]],
  ['half a surrogate pair', () => post(create, '{"agentId":"\\ud800","clientKey":"k1"}'), [400]],
  ['bytes that are no UTF-8', () => post(create, '{"agentId":"\u00ff\u00fe","clientKey":"k2"}'), [400, 404]],
  [
    'a null character',
    () => post(create, '{"agentId":"harvey-specter","title":"a\\u0000","clientKey":"k3"}'),
    [400],
  ],
  [
    '__proto__ in an input',
    () => post(create, '{"__proto__":{"agentId":"harvey-specter","clientKey":"k4"}}'),
    [400],
  ],
  ['a key twice', () => post(create, '{"agentId":"harvey-specter","agentId":7,"clientKey":"k5"}'), [400]],
  ['__proto__ as a procedure', () => post('/trpc/__proto__', '{}'), [404]],
  ['a batch of 10,000', () => head(`${list}${',agents.list'.repeat(1_000)}?batch=1&input={}`), [400]],
  [
    'a batch member of another kind',
    () => head(`${list},conversations.create?batch=1&input={}`),
    [207, 400, 405],
  ],
])('%s is refused in a word, without a stack', async (_what, request, statuses) => {
  defects.length = 0;
  const { status, text } = await say(request());
  expect(statuses, text.slice(0, 300)).toContain(status);
  expect(text).not.toMatch(/node_modules|\.ts:\d+|at [A-Za-z]+ \(/);
  expect(defects).toEqual([]);
});

test('nothing of that has changed what objects are', () => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>).agentId).toBeUndefined();
});

test.each([
  ['of a mutation', `POST ${create}`],
  ['of the job door', 'POST /api/inngest'],
  ['of a query', list],
  ['of a page that does not exist', 'POST /nowhere'],
  ['of the health door', 'POST /livez'],
])('a body without end %s is not read without end', async (_what, line) => {
  const before = process.memoryUsage().rss;
  const heard = await say(head(line, { 'transfer-encoding': 'chunked' }), { more: chunk, ms: 10_000 });
  expect(heard.closed, `${heard.sent} bytes sent`).toBe(true);
  expect(heard.sent).toBeLessThan(64 * 1024 * 1024);
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024);
});

test('a body that never comes holds its connection for a minute at most', () => {
  expect(http.headersTimeout).toBeLessThanOrEqual(60_000);
  expect(http.requestTimeout).toBeLessThanOrEqual(60_000);
});

test('after all that an ordinary request is answered', async () => {
  const { status } = await say(head(list));
  expect(status).toBe(200);
});
