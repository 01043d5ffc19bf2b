import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditLog } from '../../db/schema/operations.ts';
import { withSystemScope } from '../../db/tx.ts';
import { changePersonSuspension } from '../../server/modules/support/suspend-person.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { within1s } from '../support/members.ts';
import { isSignedIn, password, signedUp } from '../support/signed-up.ts';

let server: TestBackend;
beforeAll(async () => {
  server = await testBackend();
});
afterAll(() => server[Symbol.asyncDispose]());

const suspend = async (email: string, isSuspended: boolean) =>
  withSystemScope(await testDatabase(), 'write', (scope) =>
    changePersonSuspension(scope, email, isSuspended),
  );
const signIn = (browser: Browser, email: string, secret = password) =>
  browser.post('/api/auth/sign-in/email', { email, password: secret });

test('a suspended person is signed out everywhere within 1 s and cannot sign in, until they are restored', async () => {
  const { browser, email } = await signedUp(server);
  const elsewhere = new Browser(server.backend);
  await signIn(elsewhere, email);
  expect([await isSignedIn(browser), await isSignedIn(elsewhere)]).toEqual([true, true]);

  const userId = await suspend(email, true);
  await within1s(async () => !(await isSignedIn(browser)) && !(await isSignedIn(elsewhere)));
  const refused = await signIn(elsewhere, email);
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
    403,
    'ACCOUNT_SUSPENDED',
  ]);
  expect((await signIn(elsewhere, email, 'not the right phrase')).status, 'told only to its owner').toBe(401);
  server.mailbox.sent.length = 0;
  await elsewhere.post('/api/auth/sign-in/magic-link', { email });
  await elsewhere.open(await server.mailbox.link(email));
  expect(await isSignedIn(elsewhere), 'nor by a link').toBe(false);

  await suspend(email, false);
  expect(await isSignedIn(browser), 'what was ended stays so').toBe(false);
  expect((await signIn(elsewhere, email)).status).toBe(200);
  const rows = await withSystemScope(await testDatabase(), 'read', ({ db }) =>
    db
      .select({ operation: auditLog.operation, detail: auditLog.detail, seq: auditLog.seq })
      .from(auditLog)
      .where(and(eq(auditLog.subject, userId ?? ''), eq(auditLog.actClass, 'support'))),
  );
  expect(rows).toMatchObject([
    { operation: 'support.suspendPerson', detail: { ended: 2 }, seq: expect.any(Number) },
    { operation: 'support.restorePerson', seq: expect.any(Number) },
  ]);
});

test('suspending twice is one act, and an unknown address is told', async () => {
  const { email } = await signedUp(server);
  const first = await suspend(email, true);
  expect(await suspend(email, true)).toBe(first);
  expect(await suspend('nobody@example.com', true)).toBeNull();
});
