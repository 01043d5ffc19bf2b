import { randomUUID } from 'node:crypto';
import type { TestBackend } from './backend.ts';
import { Browser } from './browser.ts';

export const password = 'a long enough phrase 42';

/** A person who has signed up, confirmed their address and is signed in in a browser. */
export async function signedUp(server: TestBackend): Promise<{ browser: Browser; email: string }> {
  const email = `${randomUUID()}@example.com`;
  const browser = new Browser(server.backend);
  const response = await browser.post('/api/auth/sign-up/email', { name: 'Robin Example', email, password });
  if (response.status !== 200) throw new Error(`sign-up: ${response.status} ${await response.text()}`);
  await browser.open(await server.mailbox.link(email));
  return { browser, email };
}

export const isSignedIn = async (browser: Browser): Promise<boolean> =>
  (await browser.request('/trpc/identity.getSession')).status === 200;
