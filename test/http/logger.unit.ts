import { DrizzleQueryError } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../server/main/logger.ts';
import { startupFault } from '../../server/main/startup-fault.ts';

const canary = 'canary-5f0c2d7e9b';
const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl';

/** What a logger writes for these fields. */
function written(log: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  log(createLogger({ logLevel: 'debug' }, { write: (line) => lines.push(line) }));
  expect(lines).not.toEqual([]);
  return lines.join('');
}

function nested(fields: object, depth: number): object {
  return depth === 0 ? fields : { inner: nested(fields, depth - 1) };
}

const names = [
  'authorization',
  'Authorization',
  'cookie',
  'set-cookie',
  'token',
  'accessToken',
  'access_token',
  'refreshToken',
  'apiKey',
  'api_key',
  'x-api-key',
  'password',
  'secret',
  'authSecret',
  'SUPABASE_JWT_SECRET',
  'signingKey',
  'privateKey',
  'UPSTASH_REDIS_REST_TOKEN',
];

describe('a log line', () => {
  test.each(names)('never holds the value of %s, at any depth, in arrays and child loggers', (name) => {
    for (let depth = 0; depth <= 7; depth += 1) {
      const fields = nested({ [name]: canary }, depth);
      expect(written((logger) => logger.info(fields, 'x'))).not.toContain(canary);
      expect(written((logger) => logger.info({ list: [fields] }, 'x'))).not.toContain(canary);
      expect(written((logger) => logger.child(fields).info({}, 'x'))).not.toContain(canary);
    }
  });

  test('keeps what is no secret', () => {
    const line = written((logger) =>
      logger.info({ requestId: 'req_1', inputTokens: 12, tokenCount: 3 }, 'served'),
    );
    expect(JSON.parse(line)).toMatchObject({
      requestId: 'req_1',
      inputTokens: 12,
      tokenCount: 3,
      msg: 'served',
    });
  });

  test.each([
    ['a bearer', `upstream said 401 to Bearer ${jwt}`],
    ['a token', `could not verify ${jwt}`],
    ['a vendor key', 'Incorrect API key provided: sk-proj-canary5f0c2d7e9b'],
    ['a database URL', 'cannot connect to postgres://app:canary5f0c2d7e9b@db.example.com/app'],
  ])('holds no %s that stands in an error, its causes or a text', (_what, text) => {
    const error = new Error('outer', { cause: new AggregateError([new Error(text)], text) });
    const lines = [
      written((logger) => logger.error({ err: new Error(text) }, 'x')),
      written((logger) => logger.error({ err: error }, 'x')),
      written((logger) => logger.error({ context: { failure: error }, note: text }, 'x')),
    ];
    for (const line of lines) {
      expect(line).not.toMatch(/canary|c2lnbmF0dXJl/i);
      expect(line).toContain('[redacted]');
    }
  });

  test('says of an error its type, text, code and causes, and nothing it carried along', () => {
    const root = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: `Key (email)=(${canary}) already exists.`,
      headers: { authorization: canary },
    });
    const failed = Object.assign(
      new Error(`Failed query: insert into users values ($1)\nparams: ${canary}`),
      {
        query: 'insert',
        params: [canary],
        cause: root,
      },
    );
    const line = written((logger) => logger.error({ err: new TypeError('no row', { cause: failed }) }, 'x'));
    expect(line).not.toContain(canary);
    expect(JSON.parse(line).err).toMatchObject({
      type: 'TypeError',
      message: 'no row',
      stack: expect.stringContaining('logger.unit.ts'),
      cause: {
        message: 'Failed query: insert into users values ($1)',
        cause: { code: '23505', message: 'duplicate key' },
      },
    });
  });

  test('ends for values that contain themselves', () => {
    const loop: Record<string, unknown> = { secret: canary };
    loop.self = loop;
    expect(written((logger) => logger.info({ loop }, 'x'))).not.toContain(canary);
  });
});

test('what a failed command says of a statement is the database’s word, not the parameters', () => {
  const cause = Object.assign(new Error('permission denied for table users'), { code: '42501' });
  const failed = new DrizzleQueryError('insert into users values ($1)', ['somebody@example.com'], cause);
  expect(startupFault(failed)).toBe('The backend could not start: permission denied for table users');
});
