import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { password, signedUp } from '../support/signed-up.ts';
import { fresh, from, guardedServer, wrongPassword } from './guarded-server.ts';

let server: TestBackend;
beforeAll(async () => {
  server = await guardedServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('whether an address has an account is told by no answer of', () => {
  const doors: Record<string, object> = {
    'sign-in/email': { password: wrongPassword },
    'sign-up/email': { name: 'Robin Example', password },
    'sign-in/magic-link': {},
    'request-password-reset': { redirectTo: '/reset' },
    'send-verification-email': {},
  };
  /** Differ from one request to the next, whoever it is about. */
  const passing = new Set(['date', 'x-request-id']);

  test.each(Object.entries(doors))('%s', async (path, fields) => {
    const { email } = await signedUp(server);
    const ask = async (who: string, address: string) => {
      const browser = new Browser(server.backend);
      const response = await browser.post(`/api/auth/${path}`, { email: who, ...fields }, from(address));
      // Ids and instants by their form, the address by its place.
      const body = (await response.text())
        .replaceAll(who, 'ADDRESS')
        .replaceAll(/usr_[0-9a-f]{32}/g, 'USER')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT');
      const headers = [...response.headers].filter(([name]) => !passing.has(name));
      return { status: response.status, body, headers };
    };
    const known = await ask(email, '203.0.113.200');
    const unknown = await ask(fresh(), '203.0.113.201');
    expect(known).toEqual(unknown);
  });
});

describe('an address with an account and one without get the same answer to', () => {
  test.each([
    ['a sign-up', '/api/auth/sign-up/email', { name: 'Robin Example', password }],
    ['a magic link', '/api/auth/sign-in/magic-link', {}],
    [
      'a password reset',
      '/api/auth/request-password-reset',
      { redirectTo: 'http://localhost:8787/auth/reset' },
    ],
  ])('%s', async (_what, path, fields) => {
    const { email } = await signedUp(server);
    const answers = [];
    for (const who of [email, fresh()]) {
      const response = await new Browser(server.backend).post(path, { email: who, ...fields });
      const text = (await response.text()).replaceAll(who, 'EMAIL');
      answers.push({
        status: response.status,
        text: text.replaceAll(/"(id|createdAt|updatedAt)":"[^"]*"/g, ''),
      });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.status).toBe(200);
  });
});
