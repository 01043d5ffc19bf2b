import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Logger } from '../../server/core/observe.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { password } from '../support/signed-up.ts';

/** What processes share that stand behind one proxy. */
export const behindProxy = {
  TRUSTED_PROXY_HOPS: '1',
  AUTH_SECRET: 'a-secret-that-two-processes-share-with-each-other',
};

export const wrongPassword = 'not the right phrase';

/** A server behind a proxy that keeps what it logs; its end fails when a password is in there. */
export async function guardedServer(): Promise<TestBackend & { readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const note = (fields: object, text?: string) => lines.push(JSON.stringify(fields) + (text ?? ''));
  const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };
  const server = await testBackend(behindProxy, { logger });
  return {
    ...server,
    lines,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      for (const secret of [password, wrongPassword]) expect(lines.join('\n')).not.toContain(secret);
    },
  };
}

/** The header in which the proxy names who called. */
export const from = (address: string) => ({ 'x-forwarded-for': address });

/** An address that has no account. */
export const fresh = () => `${randomUUID()}@example.com`;

export async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { code: string }).code;
}
